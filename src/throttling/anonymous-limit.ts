import { Injectable } from '@nestjs/common';
import { InjectThrottlerStorage } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { Config } from '../config/config';
import type { Limit } from './limit';
import { anonymousLimit } from './limits';
import { addressTrackerOf } from './tracker';
import { WindowStorage } from './window-storage';

/** The limit of requests without valid credentials, for authentication: guessed credentials must not cost a query each. */
@Injectable()
export class AnonymousLimit {
  private readonly limit: Limit;

  constructor(
    private readonly config: Config,
    @InjectThrottlerStorage() private readonly storage: WindowStorage,
  ) {
    this.limit = anonymousLimit(config);
  }

  /** Whether the client address has used the limit up; counts nothing. */
  isUsedUp(request: FastifyRequest): boolean {
    return this.config.THROTTLE_ENABLED && this.storage.isFull(addressTrackerOf(request), this.limit);
  }
}
