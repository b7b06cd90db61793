import { Distribution } from './distribution';

const of = (...values: number[]) => {
  const distribution = new Distribution([1, 10, 100]);
  for (const value of values) distribution.add(value);
  return distribution;
};

describe('Distribution', () => {
  it('counts a value in the first bucket whose upper bound is not exceeded', () => {
    const { counts, count, sum } = of(0, 1, 1.5, 10, 100, 101);
    expect([counts, count, sum]).toEqual([[2, 2, 1, 1], 6, 213.5]);
  });

  it('interpolates quantiles within a bucket, up to the last bound', () => {
    expect(of(5, 5, 5, 5).quantile(0.5)).toBe(5.5);
    expect(of(0.5, 0.5, 50, 50).quantile(0.5)).toBe(1);
    expect(of(0.5, 50).quantile(1)).toBe(100);
    expect(of(500).quantile(0.99)).toBe(100);
    expect(of().quantile(0.5)).toBeNull();
  });
});
