import { Injectable, type Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

type Target = Type | ((...parameters: never[]) => unknown);

/**
 * Reads decorators once for each handler: they do not change, and the guard of `@nestjs/throttler` looks for six of them
 * for each limit on every request.
 */
@Injectable()
export class CachedReflector extends Reflector {
  private readonly byHandler = new WeakMap<Target, Map<unknown, unknown>>();

  override getAllAndOverride<Result>(key: unknown, targets: Target[]): Result {
    const [handler] = targets;
    let values = handler && this.byHandler.get(handler);
    if (handler && !values) this.byHandler.set(handler, (values = new Map()));
    if (values?.has(key)) return values.get(key) as Result;
    const value = super.getAllAndOverride<Result>(key, targets);
    values?.set(key, value);
    return value;
  }
}
