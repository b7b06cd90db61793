import type { LoggerOptions } from 'pino';
import type { Config } from '../config/config';

/** pino's options: JSON on standard output, times in ISO 8601, pretty only where asked for. */
export function logOptions(config: Config): LoggerOptions {
  return {
    level: config.LOG_LEVEL,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    ...(config.LOG_PRETTY && {
      transport: {
        target: 'pino-pretty',
        options: { singleLine: true, translateTime: 'SYS:HH:MM:ss', ignore: 'context' },
      },
    }),
  };
}
