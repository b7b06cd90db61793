import { readConfig } from '../config/config';
import { Representation } from '../responses/representation';
import { CacheEntry } from './cache-entry';
import { MemoryCache } from './memory-cache';

const entry = (text = 'x', revalidatedAt = 0) =>
  Object.assign(CacheEntry.of(Representation.of(text), 'key'), { revalidatedAt });
const create = (settings: Record<string, string> = {}) =>
  new MemoryCache(readConfig({ DATABASE_URL: 'postgresql://none', ...settings }));

describe('MemoryCache', () => {
  it('has one entry for each URL, the newest', () => {
    const cache = create();
    const [older, newer] = [entry('older', 1), entry('newer', 2)];
    cache.set('/m', older);
    cache.set('/m', newer);
    expect([cache.get('/m'), cache.size.entries]).toEqual([newer, 1]);
    // A slow fill that read an older state of the database.
    cache.set('/m', older);
    expect(cache.get('/m')).toBe(newer);
  });

  it('evicts the least recently used entry beyond CACHE_MAX_ENTRIES', () => {
    const cache = create({ CACHE_MAX_ENTRIES: '2' });
    for (const url of ['/a', '/b']) cache.set(url, entry());
    cache.get('/a');
    cache.set('/c', entry());
    expect(['/a', '/b', '/c'].map((url) => cache.get(url) !== undefined)).toEqual([true, false, true]);
  });

  it('evicts entries beyond CACHE_MAX_BYTES, compressed bytes included', async () => {
    const text = 'metric '.repeat(1000);
    const cache = create({ CACHE_MAX_BYTES: String(2 * (entry(text).bytes + 2 * '/a'.length)) });
    const first = entry(text);
    cache.set('/a', first);
    cache.set('/b', entry(text));
    expect(cache.size.entries).toBe(2);
    await first.bytesAs('gzip', (grown) => cache.resize('/a', grown));
    expect([cache.get('/a'), cache.get('/b')]).toEqual([first, undefined]);
  });

  it('stores nothing where CACHE_MAX_BYTES is 0', () => {
    const cache = create({ CACHE_MAX_BYTES: '0' });
    cache.set('/a', entry());
    expect(cache.size).toEqual({ entries: 0, bytes: 0 });
  });

  it('ignores the growth of an entry that was replaced', () => {
    const cache = create();
    const [replaced, present] = [entry('replaced', 1), entry('present', 2)];
    cache.set('/m', replaced);
    cache.set('/m', present);
    cache.resize('/m', replaced);
    expect(cache.get('/m')).toBe(present);
  });

  it('is empty after clear', () => {
    const cache = create();
    cache.set('/m', entry());
    cache.clear();
    expect(cache.size).toEqual({ entries: 0, bytes: 0 });
  });
});
