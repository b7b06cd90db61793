import { MemoryWindows } from './memory-windows';
import { WindowStorage } from './window-storage';

const withoutRedis = { isConfigured: false, attempt: () => Promise.resolve(undefined) };

describe('the storage without Redis', () => {
  it('answers at once: no promise stands between a request and its answer', () => {
    const storage = new WindowStorage(withoutRedis);
    expect(storage.take('a', [{ name: 'minute', quota: 1, windowMs: 60_000 }])).not.toBeInstanceOf(Promise);
  });

  it('gives a request back, but never more than were taken', () => {
    const storage = new WindowStorage(withoutRedis);
    const limits = [{ name: 'minute', quota: 2, windowMs: 60_000 }];
    const takes = () =>
      [1, 2, 3].map(() => storage.take('a', limits)).map((tally) => 'isRefused' in tally && !tally.isRefused);
    const tally = storage.take('a', limits);
    if (tally instanceof Promise) throw new Error('There is no Redis to ask.');
    for (let time = 0; time < 3; time++) storage.giveBack('a', limits, tally);
    expect(takes()).toEqual([true, true, false]);
  });

  it("answers the package's own question in its terms: seconds, and blocked until the window ends", async () => {
    let now = 0;
    const storage = new WindowStorage(withoutRedis, new MemoryWindows(() => now));
    const ask = () => storage.increment('a', 10_000, 2, 99_000, 'login');
    expect(await ask()).toEqual({ totalHits: 1, timeToExpire: 10, isBlocked: false, timeToBlockExpire: 0 });
    await ask();
    now = 4500;
    expect(await ask()).toEqual({ totalHits: 3, timeToExpire: 6, isBlocked: true, timeToBlockExpire: 6 });
    now = 10_000;
    expect(await ask()).toMatchObject({ totalHits: 1, isBlocked: false });
  });
});
