import { Injectable } from '@nestjs/common';
import { InjectThrottlerStorage } from '@nestjs/throttler';
import { WindowStorage } from './window-storage';

/** What rate limiting did since the process started. */
@Injectable()
export class ThrottlingStats {
  allowed = 0;

  /** Refused requests by the name of the limit that was used up. */
  readonly refused: Record<string, number> = {};

  /** Requests that were counted and given back, because a 304 from the cache is free. */
  refunded = 0;

  constructor(@InjectThrottlerStorage() private readonly storage: WindowStorage) {}

  /** Requests that this instance counted by itself, because Redis is configured and did not respond. */
  get countedLocally(): number {
    return this.storage.countedLocally;
  }
}
