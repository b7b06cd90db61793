import { SingleBar } from 'cli-progress';

/** How far a long run is. */
export interface Progress {
  start(total: number): void;
  advance(steps: number): void;
}

/** Runs work with a progress bar on standard error; without a bar where that is no terminal. */
export async function withProgress<T>(unit: string, work: (progress?: Progress) => Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work();
  const bar = new SingleBar({
    format: `{bar} {percentage}% | {value} of {total} ${unit} | {duration_formatted}`,
    clearOnComplete: true,
    // Signals are the command's own business; one must find the terminal as it was.
    gracefulExit: false,
    linewrap: true,
  });
  try {
    return await work({ start: (total) => bar.start(total, 0), advance: (steps) => bar.increment(steps) });
  } finally {
    bar.stop();
  }
}
