import type { Limit } from './limit';

/** The requests of one tracker that count against one limit until the window ends. */
export interface Window {
  used: number;
  /** Requests beyond the quota, which were refused. */
  refused: number;
  /** In milliseconds of the clock of the windows. */
  endsAt: number;
}

/** Trackers that one limit remembers at the most; beyond it the oldest half is dropped. */
const MAX_TRACKERS = 100_000;

/**
 * Fixed windows in memory. A window begins with the first request of a tracker and ends a fixed time later. A fixed
 * window rather than a sliding one: it ends at a time that `RateLimit` can name, and a request costs one addition. The
 * cost: up to twice the quota can pass around the end of a window.
 */
export class MemoryWindows {
  private readonly byLimit = new Map<string, RotatingWindows>();

  /** @param now a monotonic clock in milliseconds */
  constructor(
    readonly now: () => number = () => performance.now(),
    private readonly maxTrackers = MAX_TRACKERS,
  ) {}

  /** The window of a tracker now; a new one where the last has ended. */
  find(tracker: string, { name, windowMs }: Pick<Limit, 'name' | 'windowMs'>): Window {
    let windows = this.byLimit.get(name);
    if (!windows) this.byLimit.set(name, (windows = new RotatingWindows(windowMs, this.maxTrackers)));
    return windows.find(tracker, this.now());
  }

  /** Windows in memory, ended ones included. */
  get size(): number {
    return [...this.byLimit.values()].reduce((sum, { size }) => sum + size, 0);
  }
}

/**
 * The windows of one limit in two maps, by age. When the newer map has been in use for the length of a window, every
 * window in the older map has ended, and the map is dropped as a whole: nothing searches for expired windows.
 */
class RotatingWindows {
  private current = new Map<string, Window>();
  private previous = new Map<string, Window>();
  private rotatesAt = 0;

  constructor(
    private readonly windowMs: number,
    private readonly maxTrackers: number,
  ) {}

  find(tracker: string, now: number): Window {
    if (now >= this.rotatesAt) this.rotate(now);
    const known = this.current.get(tracker) ?? this.previous.get(tracker);
    if (known !== undefined && known.endsAt > now) return known;
    if (this.current.size >= this.maxTrackers / 2) this.rotate(now);
    const window = { used: 0, refused: 0, endsAt: now + this.windowMs };
    this.current.set(tracker, window);
    return window;
  }

  get size(): number {
    return this.current.size + this.previous.size;
  }

  private rotate(now: number): void {
    // After a pause of two windows the newer map has ended too.
    this.previous = now < this.rotatesAt + this.windowMs ? this.current : new Map<string, Window>();
    this.current = new Map();
    this.rotatesAt = now + this.windowMs;
  }
}
