import type { ExecutionContext } from '@nestjs/common';
import type { ThrottlerOptions } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/config';
import { isAuthenticated } from '../identity/principal';
import type { Limit } from './limit';

const MINUTE_MS = 60_000;
const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Requests without valid credentials, by client address. */
export const anonymousLimit = (config: Config): Limit => ({
  name: 'anonymous',
  quota: config.THROTTLE_ANONYMOUS,
  windowMs: MINUTE_MS,
});

/** Every limit, with the requests that it applies to. */
const limits = (config: Config): (Limit & { appliesTo: (context: ExecutionContext) => boolean })[] => [
  { ...anonymousLimit(config), appliesTo: (context) => !isAuthenticated(requestOf(context)) },
  {
    name: 'authenticated',
    quota: config.THROTTLE_AUTHENTICATED,
    windowMs: MINUTE_MS,
    appliesTo: (context) => isAuthenticated(requestOf(context)),
  },
  {
    name: 'writes',
    quota: config.THROTTLE_WRITES,
    windowMs: MINUTE_MS,
    appliesTo: (context) => WRITES.has(requestOf(context).method),
  },
  { name: 'bulk', quota: config.THROTTLE_BULK, windowMs: MINUTE_MS, appliesTo: isNamedByRoute('bulk') },
  { name: 'export', quota: config.THROTTLE_EXPORT, windowMs: MINUTE_MS, appliesTo: isNamedByRoute('export') },
  { name: 'sign-in', quota: config.THROTTLE_SIGN_IN, windowMs: 15 * MINUTE_MS, appliesTo: isNamedByRoute('sign-in') },
];

/** The limits as `@nestjs/throttler` takes them: each a named throttler. */
export const throttlers = (config: Config): ThrottlerOptions[] =>
  limits(config).map(({ name, quota, windowMs, appliesTo }) => ({
    name,
    limit: quota,
    ttl: windowMs,
    skipIf: (context) => !appliesTo(context),
  }));

/** The names of all limits, for statistics that start at zero. */
export const limitNames = (config: Config): string[] => [...limits(config).map(({ name }) => name), 'login'];

/** For `@SkipThrottle`: the limits that apply to every route. */
export const GENERAL_LIMITS = { anonymous: true, authenticated: true, writes: true };

const requestOf = (context: ExecutionContext) => context.switchToHttp().getRequest<FastifyRequest>();

/** Whether a handler names the limit by `@Throttle({ <name>: {} })`; the key is the metadata of the package. */
const isNamedByRoute =
  (name: string) =>
  (context: ExecutionContext): boolean =>
    Reflect.hasMetadata(`THROTTLER:LIMIT${name}`, context.getHandler());
