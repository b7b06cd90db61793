import pino, { type Logger } from 'pino';
import { LogCounts } from './log-counts';
import { logDestination, logOptions, type LogSettings } from './log-options';

/** The logger of a process or, in tests, of one of its applications. */
export class Log {
  readonly counts = new LogCounts();

  readonly logger: Logger;

  /** Requests that take longer are logged with the cause; 0 for none. */
  readonly slowRequestMs: number;

  private static readonly logs = new WeakMap<LogSettings, Log>();

  private constructor(settings: LogSettings) {
    this.slowRequestMs = settings.SLOW_REQUEST_MS;
    const options = { ...logOptions(settings), hooks: this.counts.hooks };
    this.logger = settings.LOG_PRETTY ? pino(options) : pino(options, logDestination());
  }

  /** The logger of a process's settings, the same before and after the application is created. */
  static of(settings: LogSettings): Log {
    const log = Log.logs.get(settings) ?? new Log(settings);
    Log.logs.set(settings, log);
    return log;
  }
}
