import { MemoryWindows } from './memory-windows';
import { WindowStorage } from './window-storage';

const MINUTE = { name: 'minute', quota: 2, windowMs: 60_000 };
const withoutRedis = { isConfigured: false, attempt: () => Promise.resolve(undefined) };
const unavailableRedis = { isConfigured: true, attempt: () => Promise.resolve(undefined) };
/** A Redis whose script returns the same window for every command: full or not, the count, milliseconds left. */
const redisWith = (...window: [full: number, used: number, leftMs: number]) => ({
  isConfigured: true,
  attempt: <Result>() => Promise.resolve(window as Result),
});
const increment = (storage: WindowStorage, key = 'a') =>
  storage.increment(key, MINUTE.windowMs, MINUTE.quota, 0, MINUTE.name);

describe('WindowStorage without Redis', () => {
  it('returns the record of the package: seconds, and blocked until the window ends', async () => {
    let now = 0;
    const storage = new WindowStorage(withoutRedis, new MemoryWindows(() => now));
    const count = () => storage.increment('a', 10_000, 2, 99_000, 'login');
    expect(await count()).toEqual({ totalHits: 1, timeToExpire: 10, isBlocked: false, timeToBlockExpire: 0 });
    await count();
    now = 4500;
    expect(await count()).toEqual({ totalHits: 3, timeToExpire: 6, isBlocked: true, timeToBlockExpire: 6 });
    now = 10_000;
    expect(await count()).toMatchObject({ totalHits: 1, isBlocked: false });
    expect(storage.countedLocally).toBe(0);
  });

  it('gives a request back, but never more than were counted', async () => {
    const storage = new WindowStorage(withoutRedis);
    await increment(storage);
    for (let time = 0; time < 3; time++) storage.decrement('a', MINUTE);
    const records = [await increment(storage), await increment(storage), await increment(storage)];
    expect(records.map(({ isBlocked }) => isBlocked)).toEqual([false, false, true]);
  });

  it('counts without waiting, until the window is full', () => {
    const storage = new WindowStorage(withoutRedis);
    const records = [1, 2, 3].map(() => storage.incrementNow('a', MINUTE));
    expect(records.map(({ totalHits, isBlocked }) => [totalHits, isBlocked])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ]);
  });

  it('reports a full window without counting', async () => {
    const storage = new WindowStorage(withoutRedis);
    await increment(storage);
    expect([storage.isFull('a', MINUTE), storage.isFull('a', MINUTE)]).toEqual([false, false]);
    await increment(storage);
    expect([storage.isFull('a', MINUTE), storage.isFull('b', MINUTE)]).toEqual([true, false]);
  });
});

describe('WindowStorage with Redis', () => {
  it('returns what Redis counted, and remembers it', async () => {
    const storage = new WindowStorage(redisWith(0, 2, 4200));
    expect(await increment(storage)).toEqual({
      totalHits: 2,
      timeToExpire: 5,
      isBlocked: false,
      timeToBlockExpire: 0,
    });
    expect(storage.isFull('a', MINUTE)).toBe(true);
  });

  it('counts without waiting, and remembers what Redis counted', async () => {
    const storage = new WindowStorage(redisWith(0, 2, 4200));
    expect(storage.incrementNow('a', MINUTE)).toMatchObject({ totalHits: 1, isBlocked: false });
    await increment(storage, 'a batch is sent as a whole');
    expect(storage.incrementNow('a', MINUTE)).toMatchObject({ isBlocked: true });
  });

  it('refuses where the window is full in Redis', async () => {
    const storage = new WindowStorage(redisWith(1, 2, 4200));
    expect(await increment(storage)).toMatchObject({ isBlocked: true, timeToBlockExpire: 5 });
  });

  it('counts locally while Redis is unavailable', async () => {
    const storage = new WindowStorage(unavailableRedis);
    const records = [await increment(storage), await increment(storage), await increment(storage)];
    expect(records.map(({ isBlocked }) => isBlocked)).toEqual([false, false, true]);
    // The third is refused from memory: Redis need not be queried for a full window.
    expect(storage.countedLocally).toBe(2);
  });
});
