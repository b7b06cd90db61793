import { RecentRate } from './recent-rate';

describe('the rate of the last minute', () => {
  let now = 5_000;
  const rate = new RecentRate(() => now);
  const times = (count: number) => {
    for (let n = 0; n < count; n++) rate.add();
  };

  it('is over the time that there was, then over a minute, and forgets', () => {
    times(10);
    expect(rate.perSecond).toBe(10);
    now += 10_000;
    times(10);
    expect(rate.perSecond).toBe(2);
    now += 55_000;
    expect(rate.perSecond).toBeCloseTo(10 / 60);
    times(30);
    expect(rate.perSecond).toBeCloseTo(40 / 60);
    now += 60_000;
    expect(rate.perSecond).toBe(0);
  });
});
