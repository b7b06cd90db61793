import { LimitSet } from './limits';
import { rateLimitHeaders } from './rate-limit-headers';

const anonymous = { name: 'anonymous', quota: 100, windowMs: 60_000 };
const writes = { name: 'writes', quota: 20, windowMs: 60_000 };

describe('the headers', () => {
  it('of one limit', () => {
    expect(rateLimitHeaders(new LimitSet([anonymous]), [{ used: 1, endsAt: 60_000 }], 0)).toEqual({
      ratelimit: '"anonymous";r=99;t=60',
      'ratelimit-policy': '"anonymous";q=100;w=60',
      'x-ratelimit-limit': '100',
      'x-ratelimit-remaining': '99',
      'x-ratelimit-reset': '60',
    });
  });

  it('of two name both, and the older ones the one with less left', () => {
    const windows = [
      { used: 30, endsAt: 60_000 },
      { used: 19, endsAt: 12_001 },
    ];
    expect(rateLimitHeaders(new LimitSet([anonymous, writes]), windows, 2000)).toEqual({
      ratelimit: '"anonymous";r=70;t=58, "writes";r=1;t=11',
      'ratelimit-policy': '"anonymous";q=100;w=60, "writes";q=20;w=60',
      'x-ratelimit-limit': '20',
      'x-ratelimit-remaining': '1',
      'x-ratelimit-reset': '11',
    });
  });

  it('never ask to wait for no time, nor say that less than nothing is left', () => {
    const windows = [{ used: 101, endsAt: 1 }];
    expect(rateLimitHeaders(new LimitSet([anonymous]), windows, 1)).toMatchObject({
      ratelimit: '"anonymous";r=0;t=1',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '1',
    });
  });
});
