import pino, { type DestinationStream } from 'pino';

/** The size at which buffered lines are written, and the longest time that they are buffered. */
const BATCH_BYTES = 8192;
const MAX_BUFFERED_MS = 100;
/** pino's number of the level `warn`; lines from this level on are written at once. */
const WARN = 40;

/**
 * Standard output, written in batches: a system call for each line costs more than the rest of a cache hit. A line of
 * level warn or above flushes the buffer, and so does the end of the process, a crash included. Only `kill -9` loses
 * lines: those of successful requests in the last tenth of a second.
 */
export const logDestination = (): DestinationStream => (destination ??= createDestination());

/** One for the process, however many applications it has. */
let destination: DestinationStream | undefined;

function createDestination(): DestinationStream {
  const output = pino.destination({
    dest: 1,
    sync: true,
    minLength: BATCH_BYTES,
    periodicFlush: MAX_BUFFERED_MS,
  });
  // pino flushes only asynchronous destinations at the end of the process.
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
