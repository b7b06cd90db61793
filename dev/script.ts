/** A failure that the reader can act on: told in one line, without a stack. */
export class Failure extends Error {}

type End = () => Promise<void> | void;

const ends: End[] = [];
let ending = false;

/**
 * Registers what has to be stopped when the script ends, for whatever reason; the last registered is stopped first.
 *
 * @throws Failure when the script is ending already, so that nothing new is started
 */
export function atEnd(end: End): void {
  if (ending) throw new Failure('interrupted');
  ends.push(end);
}

/** Prints a step when it is done, with the seconds it took. The step returns its own description. */
export async function step(work: () => Promise<string>): Promise<void> {
  const start = performance.now();
  const done = await work();
  console.log(`  ${done.padEnd(70)} ${seconds(start)}`);
}

/** The seconds since `start`, a reading of `performance.now()`. */
export function seconds(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

/**
 * Runs a script: its exit code is what `body` returns. A signal ends it in order, everything registered by `atEnd`
 * included. Ctrl-C is the ordinary way to stop `make dev`, hence its own exit code.
 */
export async function main(name: string, body: () => Promise<number>, interrupted = 130): Promise<never> {
  // A closed terminal or pipe must not keep the database from being stopped.
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
