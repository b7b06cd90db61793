import pino, { type LoggerOptions } from 'pino';
import type { Config } from '../config/config';

/** pino's options: JSON on standard output, times in ISO 8601; LOG_PRETTY formats lines for a terminal. */
export function logOptions(config: Config): LoggerOptions {
  return {
    level: config.LOG_LEVEL,
    base: null,
    timestamp: clock(),
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: withoutValues },
    ...(config.LOG_PRETTY && {
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
