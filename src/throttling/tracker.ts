import { isIP } from 'node:net';
import { normalizeIp } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { clientAddressOf } from '../identity/client-address';
import { isAuthenticated } from '../identity/principal';

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
