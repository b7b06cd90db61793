import type { FastifyRequest } from 'fastify';
import { addressTrackerOf, trackerOf } from './tracker';

const requestFrom = (ip: string, remoteAddress = '192.0.2.1', principal: FastifyRequest['principal'] = null) =>
  ({ ip, socket: { remoteAddress }, principal }) as FastifyRequest;
const keyOf = (ip: string, remoteAddress?: string) => trackerOf(requestFrom(ip, remoteAddress));

describe('trackerOf', () => {
  it('is the IPv4 address, also one mapped into IPv6', () => {
    expect(keyOf('203.0.113.7')).toBe('203.0.113.7');
    expect(keyOf('::ffff:203.0.113.7')).toBe('203.0.113.7');
    expect(keyOf('::ffff:cb00:7107')).toBe('203.0.113.7');
  });

  it('is the /64 network of an IPv6 address in any spelling', () => {
    const one = keyOf('2001:db8:1:2::1');
    expect(keyOf('2001:db8:1:2:ffff:ffff:ffff:ffff')).toBe(one);
    expect(keyOf('2001:0DB8:0001:0002:0000:0000:0000:0009')).toBe(one);
    expect(keyOf('2001:db8:1:3::1')).not.toBe(one);
  });

  it('is the address of the connection where the proxy forwards no IP address', () => {
    for (const ip of ['unknown', '_hidden', 'x'.repeat(10_000), '']) expect(keyOf(ip)).toBe('192.0.2.1');
    expect(keyOf('_hidden', '::ffff:192.0.2.1')).toBe('192.0.2.1');
  });

  it('is the principal of an authenticated request', () => {
    const request = requestFrom('203.0.113.7', undefined, { id: 'key:1', role: 'viewer' });
    expect(trackerOf(request)).toBe('key:1');
    expect(addressTrackerOf(request)).toBe('203.0.113.7');
  });

  it('is the address of a request without credentials, whatever role anonymous requests have', () => {
    expect(trackerOf(requestFrom('203.0.113.7', undefined, { id: 'anonymous', role: 'viewer' }))).toBe('203.0.113.7');
  });
});
