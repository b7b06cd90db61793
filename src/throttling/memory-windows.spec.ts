import { MemoryWindows } from './memory-windows';

const MINUTE = { name: 'minute', quota: 3, windowMs: 60_000 };
const WRITES = { name: 'writes', quota: 1, windowMs: 60_000 };

describe('windows in memory', () => {
  let now: number;
  let windows: MemoryWindows;
  const takes = (count: number, caller = 'a', limits = [MINUTE]) =>
    Array.from({ length: count }, () => !windows.take(caller, limits).isRefused);
  beforeEach(() => {
    now = 1_000_000;
    windows = new MemoryWindows(() => now, 100);
  });

  it('let exactly the quota pass, for each caller', () => {
    expect(takes(5)).toEqual([true, true, true, false, false]);
    expect(takes(4, 'b')).toEqual([true, true, true, false]);
  });

  it('begin with the first request, and end a window later, not earlier', () => {
    takes(1);
    now += 59_999;
    expect(takes(3)).toEqual([true, true, false]);
    now += 1;
    expect(takes(4)).toEqual([true, true, true, false]);
  });

  it('are not made longer by refused requests', () => {
    const { endsAt } = windows.take('a', [MINUTE]).windows[0] ?? {};
    now += 30_000;
    takes(100);
    expect(windows.look('a', [MINUTE]).windows[0]).toEqual({ used: 3, endsAt });
  });

  it('count a request in all limits or in none', () => {
    expect(takes(3, 'a', [MINUTE, WRITES])).toEqual([true, false, false]);
    expect(windows.look('a', [MINUTE, WRITES]).windows.map(({ used }) => used)).toEqual([1, 1]);
    expect(takes(3)).toEqual([true, true, false]);
  });

  it('go on from what was counted elsewhere', () => {
    windows.learn('a', MINUTE, 2, 5000);
    expect(takes(2)).toEqual([true, false]);
    now += 5000;
    expect(takes(1)).toEqual([true]);
  });

  it('forget no live window in any order of requests and pauses', () => {
    for (let round = 0; round < 50; round++) {
      const begin = now;
      expect(takes(4, `caller ${round % 3}`)).toEqual([true, true, true, false]);
      now = begin + 59_999;
      expect(takes(1, `caller ${round % 3}`)).toEqual([false]);
      now += 1 + round * 7919;
    }
  });

  it('stay few under a flood of addresses, and forget the oldest first', () => {
    for (let caller = 0; caller < 10_000; caller++) takes(3, `caller ${caller}`);
    expect(sizeOf(windows)).toBeLessThanOrEqual(100);
    expect(takes(1, 'caller 9999')).toEqual([false]);
    expect(takes(1, 'caller 0')).toEqual([true]);
  });

  it('are dropped once they are over', () => {
    for (let caller = 0; caller < 50; caller++) takes(1, `caller ${caller}`);
    now += 120_000;
    takes(1, 'another');
    expect(sizeOf(windows)).toBe(1);
  });
});

/** Windows held in memory, live or not. */
function sizeOf(windows: MemoryWindows): number {
  const { byLimit } = windows as unknown as {
    byLimit: Map<string, Record<'current' | 'previous', Map<string, object>>>;
  };
  return [...byLimit.values()].reduce((sum, { current, previous }) => sum + current.size + previous.size, 0);
}
