import type { FastifyRequest } from 'fastify';
import { trackerOf } from './tracker';

const keyOf = (ip: string, remoteAddress = '192.0.2.1') =>
  trackerOf({ ip, socket: { remoteAddress }, principal: null } as FastifyRequest).key;

describe('a caller', () => {
  it('is an IPv4 address, also when it is mapped into IPv6', () => {
    expect(keyOf('203.0.113.7')).toBe('203.0.113.7');
    expect(keyOf('::ffff:203.0.113.7')).toBe('203.0.113.7');
    expect(keyOf('::ffff:cb00:7107')).toBe('203.0.113.7');
  });

  it('is the /64 of an IPv6 address, however it is written', () => {
    const one = keyOf('2001:db8:1:2::1');
    expect(keyOf('2001:db8:1:2:ffff:ffff:ffff:ffff')).toBe(one);
    expect(keyOf('2001:0DB8:0001:0002:0000:0000:0000:0009')).toBe(one);
    expect(keyOf('2001:db8:1:3::1')).not.toBe(one);
  });

  it('is the connection when a proxy names no address', () => {
    for (const ip of ['unknown', '_hidden', 'x'.repeat(10_000), '']) expect(keyOf(ip)).toBe('192.0.2.1');
    expect(keyOf('_hidden', '::ffff:192.0.2.1')).toBe('192.0.2.1');
  });
});
