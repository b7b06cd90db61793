import { MemoryWindows } from './memory-windows';

const MINUTE = { name: 'minute', quota: 3, windowMs: 60_000 };
const WRITES = { name: 'writes', quota: 1, windowMs: 60_000 };

describe('MemoryWindows', () => {
  let now: number;
  let windows: MemoryWindows;

  /** Counts requests the way the storage does; false where the window is full. */
  const count = (requests: number, client = 'a', limit = MINUTE) =>
    Array.from({ length: requests }, () => {
      const window = windows.find(client, limit);
      if (window.used >= limit.quota) return false;
      window.used++;
      return true;
    });

  beforeEach(() => {
    now = 1_000_000;
    windows = new MemoryWindows(() => now, 100);
  });

  it('has one window for each client and limit', () => {
    expect(count(5)).toEqual([true, true, true, false, false]);
    expect(count(4, 'b')).toEqual([true, true, true, false]);
    expect(count(2, 'a', WRITES)).toEqual([true, false]);
  });

  it('starts a window with the first request and ends it after its length', () => {
    count(1);
    now += 59_999;
    expect(count(3)).toEqual([true, true, false]);
    now += 1;
    expect(count(4)).toEqual([true, true, true, false]);
  });

  it('does not extend a window by later requests', () => {
    count(1);
    const { endsAt } = windows.find('a', MINUTE);
    now += 30_000;
    count(100);
    expect(windows.find('a', MINUTE)).toEqual({ used: 3, refused: 0, endsAt });
  });

  it('ends a window at the time that Redis reported', () => {
    Object.assign(windows.find('a', MINUTE), { used: 2, endsAt: now + 5000 });
    expect(count(2)).toEqual([true, false]);
    now += 5000;
    expect(count(1)).toEqual([true]);
  });

  it('loses no live window in any order of requests and pauses', () => {
    for (let round = 0; round < 50; round++) {
      const begin = now;
      expect(count(4, `client ${round % 3}`)).toEqual([true, true, true, false]);
      now = begin + 59_999;
      expect(count(1, `client ${round % 3}`)).toEqual([false]);
      now += 1 + round * 7919;
    }
  });

  it('holds at most the configured number of windows and drops the oldest first', () => {
    for (let client = 0; client < 10_000; client++) count(3, `client ${client}`);
    expect(windows.size).toBeLessThanOrEqual(100);
    expect(count(1, 'client 9999')).toEqual([false]);
    expect(count(1, 'client 0')).toEqual([true]);
  });

  it('drops windows that have ended', () => {
    for (let client = 0; client < 50; client++) count(1, `client ${client}`);
    now += 120_000;
    count(1, 'another');
    expect(windows.size).toBe(1);
  });
});
