import { Injectable } from '@nestjs/common';
import { InjectThrottlerStorage } from '@nestjs/throttler';
import type { WindowStorage } from './window-storage';

/** What throttling has done since the process started. */
@Injectable()
export class ThrottlingStats {
  allowed = 0;
  /** By the name of the limit that was full. */
  readonly refused: Record<string, number> = {};
  /** Requests given back, because their answer was found to be free (304). */
  refunded = 0;

  constructor(@InjectThrottlerStorage() private readonly storage: WindowStorage) {}

  /** Requests that this instance counted by itself, because Redis is configured and did not answer. */
  get countedAlone(): number {
    return this.storage.countedAlone;
  }
}
