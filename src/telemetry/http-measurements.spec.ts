import { RecentRate } from './http-measurements';

describe('RecentRate', () => {
  let now = 5_000;
  const rate = new RecentRate(() => now);
  const add = (count: number) => {
    for (let n = 0; n < count; n++) rate.add();
  };

  it('averages over the elapsed time in the first minute, then over the last minute', () => {
    add(10);
    expect(rate.perSecond).toBe(10);
    now += 10_000;
    add(10);
    expect(rate.perSecond).toBe(2);
    now += 55_000;
    expect(rate.perSecond).toBeCloseTo(10 / 60);
    add(30);
    expect(rate.perSecond).toBeCloseTo(40 / 60);
    now += 60_000;
    expect(rate.perSecond).toBe(0);
  });
});
