import type { Limit } from './limits';

/** The requests of one caller that count against one limit until the window ends. */
export interface Window {
  used: number;
  /** In milliseconds of the clock that the windows were made with. */
  endsAt: number;
}

/** What counting a request found: its windows in the order of the limits, and whether one of them was full. */
export interface Tally {
  readonly windows: readonly Window[];
  readonly isRefused: boolean;
}

/** Callers that one limit remembers at the most; beyond it the oldest half is forgotten. */
const MAX_CALLERS = 100_000;

/**
 * Fixed windows in memory: a window begins with a caller's first request and ends a fixed time later. A fixed window
 * and no sliding one: it ends at a time that `RateLimit` can name, a request costs one addition, and an answer found
 * to be free is one subtraction; the price is that twice the quota may pass around the end of a window.
 */
export class MemoryWindows {
  private readonly byLimit = new Map<string, Generations>();

  /** `now` is a clock in milliseconds that never goes back. */
  constructor(
    readonly now: () => number = () => performance.now(),
    private readonly maxCallers = MAX_CALLERS,
  ) {}

  /** Counts a request in every window, or in none where one is full: refused requests delay nothing. */
  take(caller: string, limits: readonly Limit[]): Tally {
    const tally = this.look(caller, limits);
    if (!tally.isRefused) for (const window of tally.windows) window.used++;
    return tally;
  }

  /** What `take` would find, without counting. */
  look(caller: string, limits: readonly Limit[]): Tally {
    const now = this.now();
    const windows: Window[] = [];
    let isRefused = false;
    for (const limit of limits) {
      const window = this.windowOf(caller, limit, now);
      windows.push(window);
      if (window.used >= limit.quota) isRefused = true;
    }
    return { windows, isRefused };
  }

  /** Remembers what is counted elsewhere, so that counting can go on from there; `left` is the rest of the window in ms. */
  learn(caller: string, limit: Limit, used: number, left: number): Window {
    const now = this.now();
    const window = this.windowOf(caller, limit, now);
    window.used = used;
    window.endsAt = now + left;
    return window;
  }

  private windowOf(caller: string, { name, windowMs }: Limit, now: number): Window {
    let generations = this.byLimit.get(name);
    if (!generations) this.byLimit.set(name, (generations = new Generations(windowMs, this.maxCallers)));
    return generations.windowOf(caller, now);
  }
}

/**
 * The windows of one limit in two maps, by age. A window that is in the older map when the newer one has been open for
 * its whole length is over, so that the older map is dropped as it is: nothing is ever searched for what has expired.
 */
class Generations {
  private current = new Map<string, Window>();
  private previous = new Map<string, Window>();
  private turnsAt = 0;

  constructor(
    private readonly windowMs: number,
    private readonly maxCallers: number,
  ) {}

  windowOf(caller: string, now: number): Window {
    if (now >= this.turnsAt) this.turn(now);
    const kept = this.current.get(caller) ?? this.previous.get(caller);
    if (kept !== undefined && kept.endsAt > now) return kept;
    if (this.current.size >= this.maxCallers / 2) this.turn(now);
    const window = { used: 0, endsAt: now + this.windowMs };
    this.current.set(caller, window);
    return window;
  }

  private turn(now: number): void {
    // After a pause of two windows the newer map is over too.
    this.previous = now < this.turnsAt + this.windowMs ? this.current : new Map<string, Window>();
    this.current = new Map();
    this.turnsAt = now + this.windowMs;
  }
}
