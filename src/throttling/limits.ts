import { Injectable } from '@nestjs/common';
import { Config } from '../config/config';

const MINUTE_MS = 60_000;
const WRITING = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** How many requests of a kind one caller may send in a window. */
export interface Limit {
  /** Names the kind to callers, in `RateLimit-Policy`, and in the counters. */
  readonly name: string;
  readonly quota: number;
  readonly windowMs: number;
}

/** Limits that hold together: a request counts in all of them, or in none when one of them refuses it. */
export class LimitSet {
  /** The value of `RateLimit-Policy`, which is the same on every answer. */
  readonly policy: string;

  constructor(readonly limits: readonly Limit[]) {
    this.policy = limits.map(({ name, quota, windowMs }) => `"${name}";q=${quota};w=${windowMs / 1000}`).join(', ');
  }

  and(others: LimitSet): LimitSet {
    return new LimitSet([...this.limits, ...others.limits]);
  }
}

/** The table of limits: what every request counts against. A route has limits of its own by `@Throttle`. */
@Injectable()
export class Limits {
  readonly all: readonly Limit[];
  private readonly reads: Record<'anonymous' | 'authenticated', LimitSet>;
  private readonly writes: Record<'anonymous' | 'authenticated', LimitSet>;

  constructor(config: Config) {
    const anonymous = { name: 'anonymous', quota: config.THROTTLE_ANONYMOUS, windowMs: MINUTE_MS };
    const authenticated = { name: 'authenticated', quota: config.THROTTLE_AUTHENTICATED, windowMs: MINUTE_MS };
    const writes = { name: 'writes', quota: config.THROTTLE_WRITES, windowMs: MINUTE_MS };
    this.all = [anonymous, authenticated, writes];
    this.reads = { anonymous: new LimitSet([anonymous]), authenticated: new LimitSet([authenticated]) };
    this.writes = {
      anonymous: new LimitSet([anonymous, writes]),
      authenticated: new LimitSet([authenticated, writes]),
    };
  }

  /** What a request with this method counts against. */
  of(method: string, isAuthenticated: boolean): LimitSet {
    const { anonymous, authenticated } = WRITING.has(method) ? this.writes : this.reads;
    return isAuthenticated ? authenticated : anonymous;
  }
}
