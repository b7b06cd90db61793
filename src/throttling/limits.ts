import type { ExecutionContext } from '@nestjs/common';
import type { ThrottlerOptions } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/config';
import { isAuthenticated } from '../identity/principal';
import { requestOf } from '../routing/route';
import type { Limit } from './limit';

const MINUTE_MS = 60_000;
const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

const unless = (applies: (request: FastifyRequest) => boolean) => (context: ExecutionContext) =>
  !applies(requestOf(context));
const isAnonymous = (request: FastifyRequest) => !isAuthenticated(request);
export const isWrite = ({ method }: FastifyRequest) => WRITES.has(method);

/**
 * The limits, each a named throttler of `@nestjs/throttler`. One with a condition applies to every request that fulfils
 * it, one without to the routes that name it: `@Throttle({ bulk: {} })`.
 */
export const throttlers = (config: Config): (ThrottlerOptions & { name: string })[] => [
  { name: 'anonymous', limit: config.THROTTLE_ANONYMOUS, ttl: MINUTE_MS, skipIf: unless(isAnonymous) },
  { name: 'authenticated', limit: config.THROTTLE_AUTHENTICATED, ttl: MINUTE_MS, skipIf: unless(isAuthenticated) },
  { name: 'writes', limit: config.THROTTLE_WRITES, ttl: MINUTE_MS, skipIf: unless(isWrite) },
  { name: 'bulk', limit: config.THROTTLE_BULK, ttl: MINUTE_MS },
  { name: 'export', limit: config.THROTTLE_EXPORT, ttl: MINUTE_MS },
  { name: 'sign-in', limit: config.THROTTLE_SIGN_IN, ttl: 15 * MINUTE_MS },
];

/** The limit of requests without valid credentials, which are counted by client address. */
export const anonymousLimit = ({ THROTTLE_ANONYMOUS: quota }: Config): Limit => ({
  name: 'anonymous',
  quota,
  windowMs: MINUTE_MS,
});

/** The names of all limits, for statistics that start at zero. */
export const limitNames = (config: Config): string[] => [...throttlers(config).map(({ name }) => name), 'login'];

/** For `@SkipThrottle`: the limits that apply to every route. */
export const GENERAL_LIMITS = { anonymous: true, authenticated: true, writes: true };
