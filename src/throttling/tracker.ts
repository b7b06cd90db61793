import { isIP } from 'node:net';
import { normalizeIp } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { isAuthenticated } from '../identity/principal';
import { clientAddressOf } from '../identity/client-address';

/** Addresses whose key is remembered: to shorten one costs more than all the rest of counting. */
const MAX_REMEMBERED = 10_000;
const shortened = new Map<string, string>();

/** Who is counted, and by which limit. */
export interface Tracker {
  readonly key: string;
  readonly isAuthenticated: boolean;
}

/** The caller of a request: whom good credentials stand for, else the address it comes from. */
export const trackerOf = (request: FastifyRequest): Tracker => {
  const known = isAuthenticated(request) ? request.principal : null;
  return { key: known?.id ?? addressKeyOf(request), isAuthenticated: known !== null };
};

/**
 * The address as far as it names one client: IPv4 whole, also when mapped into IPv6; of IPv6 the /64, which is what a
 * single client is given and may choose its addresses from.
 */
export function addressKey(address: string): string {
  const known = shortened.get(address);
  if (known !== undefined) return known;
  if (shortened.size >= MAX_REMEMBERED) shortened.clear();
  const key = isIP(address) === 4 ? address : normalizeIp(address);
  shortened.set(address, key);
  return key;
}

/** The key of the address that a request comes from. */
export const addressKeyOf = (request: FastifyRequest): string =>
  shortened.get(request.ip) ?? addressKey(clientAddressOf(request));
