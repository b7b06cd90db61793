/** An error with a message for the user. It is printed in one line, without a stack trace. */
export class Failure extends Error {}

type End = () => Promise<void> | void;

const ends: End[] = [];
let ending = false;

/**
 * Registers a function to run when the script ends. The functions run in reverse order.
 *
 * @throws Failure if the script is ending, so that nothing new is started
 */
export function atEnd(end: End): void {
  if (ending) throw new Failure('interrupted');
  ends.push(end);
}

/** Runs a step and prints its result with its duration. */
export async function step(work: () => Promise<string>): Promise<void> {
  const start = performance.now();
  const done = await work();
  console.log(`  ${done.padEnd(70)} ${seconds(start)}`);
}

/** Formats the seconds since `start`, a value of `performance.now()`. */
export function seconds(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

/**
 * Runs a script and exits with the code that `body` returns. After a signal the functions of `atEnd` run too.
 *
 * @param interrupted the exit code after Ctrl-C; 0 for `make dev`, which is stopped that way
 */
export async function main(name: string, body: () => Promise<number>, interrupted = 130): Promise<never> {
  // The database must be stopped even if the terminal or pipe is closed.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  const signalled = new Promise<number>((resolve) => {
    process.on('SIGINT', () => resolve(interrupted));
    process.on('SIGTERM', () => resolve(143));
    process.on('SIGHUP', () => resolve(129));
  });
  const finished = body().catch((error: unknown) => {
    if (!ending) console.error(error instanceof Failure ? `${name}: ${error.message}` : error);
    return 1;
  });
  const code = await Promise.race([finished, signalled]);
  ending = true;
  for (const end of ends.reverse()) await end();
  process.exit(code);
}
