import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { type Limit, LimitSet } from './limits';
import { RequestThrottle } from './request-throttle';

/** As the package's decorator names its metadata. */
const LIMIT = 'THROTTLER:LIMIT';
const TTL = 'THROTTLER:TTL';

/** Nest takes a plain boolean too, and then waits for nothing; the class of the package does not say so. */
const ALLOWED = true as unknown as Promise<boolean>;

/**
 * Counts requests against the limits that a route has of its own, beside those of every request, which
 * `count-requests.ts` sees to: `@Throttle({ login: { limit: 5, ttl: 900_000 } })` (ttl in milliseconds).
 *
 * @throws Problem 429 `rate_limited`
 */
@Injectable()
export class RouteThrottlerGuard extends ThrottlerGuard {
  private readonly limitsOfRoutes = new Map<object, LimitSet>();

  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() storage: ThrottlerStorage,
    reflector: Reflector,
    private readonly throttle: RequestThrottle,
  ) {
    super(options, storage, reflector);
  }

  override canActivate(context: ExecutionContext): Promise<boolean> {
    const set = this.limitsOf(context);
    if (set.limits.length === 0 || !this.throttle.isEnabled) return ALLOWED;
    return this.admit(context, set);
  }

  private async admit(context: ExecutionContext, set: LimitSet): Promise<boolean> {
    const refusal = await this.throttle.admit(context.switchToHttp().getRequest<FastifyRequest>(), set);
    if (refusal) throw refusal;
    return true;
  }

  /** Read once for each handler: what decorators say does not change. */
  private limitsOf(context: ExecutionContext): LimitSet {
    const handler = context.getHandler();
    let set = this.limitsOfRoutes.get(handler);
    if (!set) this.limitsOfRoutes.set(handler, (set = new LimitSet(limitsNamedBy(handler))));
    return set;
  }
}

function limitsNamedBy(handler: object): Limit[] {
  const names = Reflect.getMetadataKeys(handler).flatMap((key) =>
    typeof key === 'string' && key.startsWith(LIMIT) ? [key.slice(LIMIT.length)] : [],
  );
  return names.map((name) => ({
    name,
    quota: Number(Reflect.getMetadata(LIMIT + name, handler)),
    windowMs: Number(Reflect.getMetadata(TTL + name, handler)),
  }));
}
