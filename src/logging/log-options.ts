import pino, { type DestinationStream, type LevelWithSilent, type LoggerOptions } from 'pino';

export interface LogSettings {
  readonly LOG_LEVEL: LevelWithSilent;
  readonly LOG_PRETTY: boolean;
  /** Requests that take longer are logged with the cause; 0 for none. */
  readonly SLOW_REQUEST_MS: number;
}

/** pino's options: JSON on standard output, times in ISO 8601; LOG_PRETTY formats lines for a terminal. */
export function logOptions(settings: Pick<LogSettings, 'LOG_LEVEL' | 'LOG_PRETTY'>): LoggerOptions {
  return {
    level: settings.LOG_LEVEL,
    base: null,
    timestamp: clock(),
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: withoutValues },
    ...(settings.LOG_PRETTY && {
      transport: {
        target: 'pino-pretty',
        options: { singleLine: true, translateTime: 'SYS:HH:MM:ss', ignore: 'context' },
      },
    }),
  };
}

/** The properties in which TypeORM and PostgreSQL repeat the values of a statement: documents, hashes of keys. */
const VALUES = ['parameters', 'detail', 'where', 'internalQuery'];

/** Serializes an error without the values of its statement. */
function withoutValues(error: object): object {
  if (!(error instanceof Error)) return error;
  const serialized = pino.stdSerializers.err(error) as unknown as Record<string, unknown>;
  const { driverError } = serialized;
  for (const name of VALUES) {
    delete serialized[name];
    if (driverError) delete (driverError as Record<string, unknown>)[name];
  }
  return serialized;
}

/** The time of a line. The date is formatted once a second, which saves a fifth of the cost of a line. */
export function clock(): () => string {
  let second = 0;
  let text = '';
  return () => {
    const now = Date.now();
    const millisecond = now % 1000;
    if (now - millisecond !== second) {
      second = now - millisecond;
      text = `,"time":"${new Date(now).toISOString().slice(0, -4)}`;
    }
    return `${text}${String(millisecond).padStart(3, '0')}Z"`;
  };
}

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
        // `flushSync` would wait for the disk (fsync), where the log is a file: a flood of errors would stall everything.
        if (this.lastLevel >= WARN) output.flush();
      },
    },
    { [Symbol.for('pino.metadata')]: true },
  );
}
