import pino, { type Logger } from 'pino';
import type { Config } from '../config/config';
import { LogCounts } from './log-counts';
import { logDestination } from './log-destination';
import { logOptions } from './log-options';

/** The logger of a process or, in tests, of one of its applications. */
export class Log {
  readonly counts = new LogCounts();

  readonly logger: Logger;

  private static readonly logs = new WeakMap<Config, Log>();

  private constructor(config: Config) {
    const options = { ...logOptions(config), hooks: this.counts.hooks };
    this.logger = config.LOG_PRETTY ? pino(options) : pino(options, logDestination());
  }

  /** The logger of a configuration, the same before and after the application is created. */
  static of(config: Config): Log {
    const log = Log.logs.get(config) ?? new Log(config);
    Log.logs.set(config, log);
    return log;
  }
}
