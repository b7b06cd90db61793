import pino, { type DestinationStream } from 'pino';

/** Lines that are collected for one write, in bytes, and how long the last of them wait. */
const BATCH_BYTES = 8192;
const LONGEST_WAIT_MS = 100;
/** pino's number of the level `warn`: from here on a line is written at once. */
const WARN = 40;

/**
 * Standard output, written in batches: a system call for each line costs more than all the rest of a kept answer. What is
 * of level warn or above takes everything before it along at once; the end of the process writes the rest, a crash
 * included. Only a kill -9 loses up to a tenth of a second of lines about requests that went well.
 */
export const logDestination = (): DestinationStream => (destination ??= createDestination());

/** There is one standard output, however many apps a process has. */
let destination: DestinationStream | undefined;

function createDestination(): DestinationStream {
  const output = pino.destination({
    dest: 1,
    sync: true,
    minLength: BATCH_BYTES,
    periodicFlush: LONGEST_WAIT_MS,
  });
  // pino itself sees to the end of what it writes asynchronously only.
  process.on('exit', () => output.flushSync());
  return Object.assign(
    {
      // Set by pino before each line.
      lastLevel: 0,
      write(line: string): void {
        output.write(line);
        if (this.lastLevel >= WARN) output.flushSync();
      },
    },
    { [Symbol.for('pino.metadata')]: true },
  );
}
