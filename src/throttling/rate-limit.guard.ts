import { type ExecutionContext, Injectable } from '@nestjs/common';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerRequest,
} from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../problems/problem';
import { CachedReflector } from './cached-reflector';
import type { AppliedLimit } from './limit';
import { ThrottlingStats } from './throttling-stats';
import { WindowStorage } from './window-storage';

/**
 * Rate limiting: the guard of `@nestjs/throttler` decides every request, also those without a route (see
 * `early-guards.plugin.ts`). Through its extension points it counts in fixed windows, responds with problem+json, and
 * stores the applied limits in the request for the `RateLimit` headers.
 *
 * @throws Problem 429 `rate_limited`; a refused request counts against no limit
 */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() private readonly storage: WindowStorage,
    reflector: CachedReflector,
    private readonly stats: ThrottlingStats,
  ) {
    super(options, storage, reflector);
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const isAllowed = await super.canActivate(context);
    this.stats.allowed++;
    return isAllowed;
  }

  protected override async handleRequest(props: ThrottlerRequest): Promise<boolean> {
    const { context, limit: quota, ttl: windowMs, throttler, getTracker } = props;
    const { name = 'default' } = throttler;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = await getTracker(request, context);
    const record = await this.storage.increment(key, windowMs, quota, 0, name);
    const applied: AppliedLimit = { key, name, quota, windowMs, used: record.totalHits, seconds: record.timeToExpire };
    if (record.isBlocked) this.refuse(request, applied);
    (request.appliedLimits ??= []).push(applied);
    return true;
  }

  private refuse(request: FastifyRequest, refused: AppliedLimit): never {
    for (const applied of request.appliedLimits ?? []) {
      this.storage.decrement(applied.key, applied);
      applied.used--;
    }
    (request.appliedLimits ??= []).push(refused);
    const { name, quota, seconds } = refused;
    this.stats.refused[name] = (this.stats.refused[name] ?? 0) + 1;
    throw new Problem('rate_limited', {
      detail: `The limit “${name}” of ${quota} requests is used up. Try again in ${seconds} s.`,
      headers: { 'retry-after': String(seconds) },
    });
  }
}
