import { SingleBar } from 'cli-progress';

/** Receives the progress of a long operation. */
export interface Progress {
  start(total: number): void;
  advance(steps: number): void;
}

/** Runs work with a progress bar on standard error, if standard error is a terminal. */
export async function withProgress<T>(unit: string, work: (progress?: Progress) => Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work();
  const bar = new SingleBar({
    format: `{bar} {percentage}% | {value} of {total} ${unit} | {duration_formatted}`,
    clearOnComplete: true,
    // The command handles signals itself.
    gracefulExit: false,
    linewrap: true,
  });
  try {
    return await work({ start: (total) => bar.start(total, 0), advance: (steps) => bar.increment(steps) });
  } finally {
    bar.stop();
  }
}
