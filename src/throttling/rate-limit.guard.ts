import { setTimeout as sleep } from 'node:timers/promises';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
} from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { requestOf } from '../routing/route';
import type { AppliedLimit, Limit } from './limit';
import { ThrottlingStats } from './throttling-stats';
import { trackerOf } from './tracker';
import { WindowStorage } from './window-storage';

type Target = Parameters<Reflector['getAllAndOverride']>[1][number];

/**
 * The most by which a refusal is delayed. Beyond twice the quota each refusal takes a millisecond longer, so that a flood
 * on few connections slows down and costs little.
 */
const MAX_DELAY_MS = 1000;

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
  private readonly byController = new WeakMap<object, WeakMap<object, RouteLimit[]>>();

  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() private readonly storage: WindowStorage,
    reflector: Reflector,
    private readonly stats: ThrottlingStats,
  ) {
    super(options, storage, reflector);
  }

  /**
   * Replaces the method of the package, which reads the decorators on every request: that takes longer than everything
   * else here. `limit` and `ttl` of `@Throttle` must be numbers; its other members are not supported.
   */
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = requestOf(context);
    for (const { name, quota, windowMs, skipIf } of this.limitsOf(context)) {
      if (skipIf?.(context)) continue;
      const key = trackerOf(request);
      const { totalHits, timeToExpire, isBlocked } = await this.storage.increment(key, windowMs, quota, 0, name);
      const applied: AppliedLimit = { key, name, quota, windowMs, used: totalHits, seconds: timeToExpire };
      if (isBlocked) await this.refuse(request, applied);
      (request.appliedLimits ??= []).push(applied);
    }
    this.stats.allowed++;
    return true;
  }

  private limitsOf(context: ExecutionContext): RouteLimit[] {
    const [handler, controller] = [context.getHandler(), context.getClass()];
    let byHandler = this.byController.get(controller);
    if (!byHandler) this.byController.set(controller, (byHandler = new WeakMap()));
    let limits = byHandler.get(handler);
    if (!limits) byHandler.set(handler, (limits = this.readLimits([handler, controller])));
    return limits;
  }

  /**
   * The limits of a route by `@Throttle` and `@SkipThrottle` of its handler or controller, and by the options.
   *
   * @throws Error for a limit that is not a number
   */
  private readLimits(targets: Target[]): RouteLimit[] {
    const read = (key: string) => this.reflector.getAllAndOverride<unknown>(key, targets);
    return this.throttlers.flatMap(({ name = 'default', limit, ttl, skipIf }) => {
      // A limit without a condition applies to the routes that name it.
      const isNamed = targets.some((target) => Reflect.hasMetadata(`THROTTLER:LIMIT${name}`, target));
      if ((!skipIf && !isNamed) || read(`THROTTLER:SKIP${name}`)) return [];
      const quota = read(`THROTTLER:LIMIT${name}`) ?? limit;
      const windowMs = read(`THROTTLER:TTL${name}`) ?? ttl;
      if (typeof quota !== 'number' || typeof windowMs !== 'number')
        throw new Error(`@Throttle: limit and ttl of “${name}” must be numbers`);
      return { name, quota, windowMs, skipIf };
    });
  }

  /** Refuses a request, and later and later those of a client that goes on far beyond its limit. */
  private async refuse(request: FastifyRequest, refused: AppliedLimit): Promise<never> {
    const applied = (request.appliedLimits ??= []);
    this.storage.refund(applied);
    applied.push(refused);
    const problem = this.stats.refuseBy(refused, refused.seconds);
    const delayMs = Math.min(MAX_DELAY_MS, this.storage.refusalsOf(refused.key, refused) - refused.quota);
    if (delayMs > 0) await sleep(delayMs, undefined, { ref: false });
    throw problem;
  }
}
