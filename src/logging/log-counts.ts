import { levels, type LoggerOptions } from 'pino';

export const COUNTED_LEVELS = ['warn', 'error', 'fatal'] as const;
type Level = (typeof COUNTED_LEVELS)[number];

/**
 * Counts log lines of level warn and above by logging class. So background failures are counted too, since each is
 * logged. Levels below LOG_LEVEL are not counted.
 */
export class LogCounts {
  private readonly byLevel = new Map<Level, Map<string, number>>(COUNTED_LEVELS.map((level) => [level, new Map()]));

  readonly hooks: NonNullable<LoggerOptions['hooks']>;

  constructor() {
    const count = (level: number, first: unknown) => this.count(level, first);
    this.hooks = {
      logMethod(args, method, level) {
        count(level, args[0]);
        method.apply(this, args);
      },
    };
  }

  /** Level, logging class and count. */
  *all(): Iterable<[Level, string, number]> {
    for (const [level, contexts] of this.byLevel)
      for (const [context, count] of contexts) yield [level, context, count];
  }

  private count(level: number, first: unknown): void {
    const contexts = this.byLevel.get(levels.labels[level] as Level);
    if (!contexts) return;
    const { context = 'request' } = Object(first) as { context?: string };
    contexts.set(context, (contexts.get(context) ?? 0) + 1);
  }
}
