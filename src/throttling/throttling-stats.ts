import { Injectable } from '@nestjs/common';
import { InjectThrottlerStorage } from '@nestjs/throttler';
import { WindowStorage } from './window-storage';

/** Statistics of rate limiting since the process started. */
@Injectable()
export class ThrottlingStats {
  allowed = 0;

  /** Refused requests by the name of the limit that was used up. */
  readonly refused: Record<string, number> = {};

  /** Requests whose count was taken back: a 304 from the cache is free. */
  refunded = 0;

  constructor(@InjectThrottlerStorage() private readonly storage: WindowStorage) {}

  /** Requests that this instance counted locally, because the configured Redis did not respond. */
  get countedLocally(): number {
    return this.storage.countedLocally;
  }
}
