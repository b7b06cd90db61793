import type { ExecutionContext } from '@nestjs/common';
import type { ThrottlerOptions } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/config';
import { isAuthenticated } from '../identity/principal';
import { requestOf } from '../routing/route';
import type { Limit } from './limit';

const MINUTE_MS = 60_000;
const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Requests without valid credentials, by client address. */
export const anonymousLimit = (config: Config): Limit => ({
  name: 'anonymous',
  quota: config.THROTTLE_ANONYMOUS,
  windowMs: MINUTE_MS,
});

/** The limits of every request that they apply to. */
const generalLimits = (config: Config): (Limit & { appliesTo: (request: FastifyRequest) => boolean })[] => [
  { ...anonymousLimit(config), appliesTo: (request) => !isAuthenticated(request) },
  {
    name: 'authenticated',
    quota: config.THROTTLE_AUTHENTICATED,
    windowMs: MINUTE_MS,
    appliesTo: isAuthenticated,
  },
  {
    name: 'writes',
    quota: config.THROTTLE_WRITES,
    windowMs: MINUTE_MS,
    appliesTo: ({ method }) => WRITES.has(method),
  },
];

/** The limits of routes that name them: `@Throttle({ bulk: {} })`. */
const routeLimits = (config: Config): Limit[] => [
  { name: 'bulk', quota: config.THROTTLE_BULK, windowMs: MINUTE_MS },
  { name: 'export', quota: config.THROTTLE_EXPORT, windowMs: MINUTE_MS },
  { name: 'sign-in', quota: config.THROTTLE_SIGN_IN, windowMs: 15 * MINUTE_MS },
];

/** The limits as `@nestjs/throttler` takes them: each a named throttler. */
export const throttlers = (config: Config): ThrottlerOptions[] => [
  ...generalLimits(config).map(({ name, quota, windowMs, appliesTo }) => ({
    name,
    limit: quota,
    ttl: windowMs,
    skipIf: (context: ExecutionContext) => !appliesTo(requestOf(context)),
  })),
  ...routeLimits(config).map(({ name, quota, windowMs }) => ({ name, limit: quota, ttl: windowMs })),
];

/** The names of all limits, for statistics that start at zero. */
export const limitNames = (config: Config): string[] => [...throttlers(config).map(({ name = '' }) => name), 'login'];

/** For `@SkipThrottle`: the limits that apply to every route. */
export const GENERAL_LIMITS = { anonymous: true, authenticated: true, writes: true };
