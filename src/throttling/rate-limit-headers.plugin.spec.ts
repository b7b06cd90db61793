import { rateLimitHeadersOf } from './rate-limit-headers.plugin';

const anonymous = { key: '192.0.2.1', name: 'anonymous', quota: 100, windowMs: 60_000 };
const writes = { key: '192.0.2.1', name: 'writes', quota: 20, windowMs: 60_000 };

describe('rateLimitHeadersOf', () => {
  it('shows one limit', () => {
    expect(rateLimitHeadersOf([{ ...anonymous, used: 1, seconds: 60 }])).toEqual({
      ratelimit: '"anonymous";r=99;t=60',
      'ratelimit-policy': '"anonymous";q=100;w=60',
      'x-ratelimit-limit': '100',
      'x-ratelimit-remaining': '99',
      'x-ratelimit-reset': '60',
    });
  });

  it('lists two limits, and shows the one with less left in X-RateLimit-*', () => {
    const limits = [
      { ...anonymous, used: 30, seconds: 58 },
      { ...writes, used: 19, seconds: 11 },
    ];
    expect(rateLimitHeadersOf(limits)).toEqual({
      ratelimit: '"anonymous";r=70;t=58, "writes";r=1;t=11',
      'ratelimit-policy': '"anonymous";q=100;w=60, "writes";q=20;w=60',
      'x-ratelimit-limit': '20',
      'x-ratelimit-remaining': '1',
      'x-ratelimit-reset': '11',
    });
  });

  it('shows no negative remainder', () => {
    expect(rateLimitHeadersOf([{ ...anonymous, used: 101, seconds: 1 }])).toMatchObject({
      ratelimit: '"anonymous";r=0;t=1',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '1',
    });
  });
});
