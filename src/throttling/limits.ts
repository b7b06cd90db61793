import { isIP } from 'node:net';
import type { ExecutionContext } from '@nestjs/common';
import { normalizeIp, type ThrottlerOptions } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/config';
import { clientAddressOf } from '../identity/client-address';
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

/** Address keys that are cached: normalizing an IPv6 address costs more than the rest of counting. */
const MAX_CACHED = 10_000;
const cached = new Map<string, string>();

/** What the requests of a client are counted by: the principal, or the client address where there is none. */
export const trackerOf = (request: FastifyRequest): string =>
  (isAuthenticated(request) ? request.principal?.id : undefined) ?? addressTrackerOf(request);

/** The tracker of the address that a request comes from. */
export const addressTrackerOf = (request: FastifyRequest): string =>
  cached.get(request.ip) ?? addressTracker(clientAddressOf(request));

/**
 * The part of an address that identifies one client: the IPv4 address, also one mapped into IPv6, or the /64 network of
 * an IPv6 address, from which a client can choose its addresses freely.
 */
export function addressTracker(address: string): string {
  const known = cached.get(address);
  if (known !== undefined) return known;
  if (cached.size >= MAX_CACHED) cached.clear();
  const tracker = isIP(address) === 4 ? address : normalizeIp(address);
  cached.set(address, tracker);
  return tracker;
}
