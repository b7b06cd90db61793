import pino, { type LevelWithSilent, type LoggerOptions } from 'pino';
import { clock } from './request-line';

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
function withoutValues(error: Error): object {
  const serialized = pino.stdSerializers.err(error) as unknown as Record<string, unknown>;
  const { driverError } = serialized;
  for (const name of VALUES) {
    delete serialized[name];
    if (driverError) delete (driverError as Record<string, unknown>)[name];
  }
  return serialized;
}
