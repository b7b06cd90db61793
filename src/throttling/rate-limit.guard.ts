import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
} from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../problems/problem';
import { requestOf } from '../routing/route';
import type { AppliedLimit, Limit } from './limit';
import { ThrottlingStats } from './throttling-stats';
import { trackerOf } from './tracker';
import { WindowStorage } from './window-storage';

type Target = Parameters<Reflector['getAllAndOverride']>[1][number];

/** The limit of a route, and the requests that it does not hold for. */
interface RouteLimit extends Limit {
  skipIf: ((context: ExecutionContext) => boolean) | undefined;
}

/**
 * Rate limiting: the guard of `@nestjs/throttler` with its options, decorators and storage. It decides every request,
 * also those without a route (see `early-guards.plugin.ts`), counts principals rather than addresses, and stores the
 * applied limits in the request for the `RateLimit` headers.
 *
 * @throws Problem 429 `rate_limited`; a refused request counts against no limit
 */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  private readonly byHandler = new WeakMap<object, RouteLimit[]>();

  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() private readonly storage: WindowStorage,
    reflector: Reflector,
    private readonly stats: ThrottlingStats,
  ) {
    super(options, storage, reflector);
  }

  /** As in the package, which reads the decorators of a route on every request: that takes longer than all the rest. */
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = requestOf(context);
    for (const { name, quota, windowMs, skipIf } of this.limitsOf(context)) {
      if (skipIf?.(context)) continue;
      const key = trackerOf(request);
      const { totalHits, timeToExpire, isBlocked } = await this.storage.increment(key, windowMs, quota, 0, name);
      const applied: AppliedLimit = { key, name, quota, windowMs, used: totalHits, seconds: timeToExpire };
      if (isBlocked) this.refuse(request, applied);
      (request.appliedLimits ??= []).push(applied);
    }
    this.stats.allowed++;
    return true;
  }

  private limitsOf(context: ExecutionContext): RouteLimit[] {
    const handler = context.getHandler();
    let limits = this.byHandler.get(handler);
    if (!limits) this.byHandler.set(handler, (limits = this.readLimits(handler, context.getClass())));
    return limits;
  }

  /** The limits of a route by `@Throttle` and `@SkipThrottle` of its handler or controller, and by the options. */
  private readLimits(handler: Target, controller: Target): RouteLimit[] {
    const read = (key: string) => this.reflector.getAllAndOverride<unknown>(key, [handler, controller]);
    return this.throttlers.flatMap(({ name = 'default', limit, ttl, skipIf }) => {
      // A limit without a condition holds for the routes that name it.
      const applies = skipIf !== undefined || Reflect.hasMetadata(`THROTTLER:LIMIT${name}`, handler);
      if (!applies || read(`THROTTLER:SKIP${name}`)) return [];
      const quota = Number(read(`THROTTLER:LIMIT${name}`) ?? limit);
      return { name, quota, windowMs: Number(read(`THROTTLER:TTL${name}`) ?? ttl), skipIf };
    });
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
