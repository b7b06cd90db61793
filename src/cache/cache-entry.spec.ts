import { brotliDecompressSync } from 'node:zlib';
import { Representation } from '../responses/representation';
import { CacheEntry, weakEtag } from './cache-entry';

const small = () => CacheEntry.of(new Representation('{"a":1}'), 'key');
const large = () => CacheEntry.of(Representation.of({ text: 'metric '.repeat(1000) }), 'key');
const ignore = () => undefined;

describe('CacheEntry', () => {
  it('has the headers of a cached response', () => {
    expect(small().headers).toEqual({
      'content-type': 'application/json; charset=utf-8',
      etag: weakEtag('key'),
      'cache-control': 'private, no-cache',
      vary: 'Accept-Encoding, Authorization',
    });
  });

  it('keeps the ETag and the headers of the representation', () => {
    const { etag, headers } = CacheEntry.of(new Representation('{}', { etag: '"3"', link: '</m>' }), 'key');
    expect([etag, headers.link]).toEqual(['"3"', '</m>']);
  });

  it('derives its ETag from the cache key', () => {
    expect(weakEtag('a')).toMatch(/^W\/"[\w-]{22}"$/);
    expect(weakEtag('a')).not.toBe(weakEtag('b'));
  });

  it('survives Redis unchanged', () => {
    const entry = CacheEntry.of(new Representation('{"name":"ä€😀\\n"}\n', { etag: '"3"' }), 'key');
    const copy = CacheEntry.parse(entry.toText());
    expect([copy?.body, copy?.headers]).toEqual([entry.body, entry.headers]);
  });

  it.each(['', 'text', '{"headers":{"etag":"x"},"bytes":3}\nab', '{"headers":{},"bytes":2}\nab', 'null\n'])(
    'is not parsed from %j',
    (text) => expect(CacheEntry.parse(text)).toBeUndefined(),
  );

  it('compresses each encoding once', async () => {
    const entry = large();
    const grown = jest.fn();
    const first = entry.bytesAs('br', grown);
    expect(entry.bytesAs('br', grown)).toBe(first);
    const bytes = await first;
    expect(brotliDecompressSync(bytes)).toEqual(entry.body);
    // From then on without a promise.
    expect(entry.bytesAs('br', grown)).toBe(bytes);
    expect(grown.mock.calls).toEqual([[entry]]);
  });

  it('counts the bytes of all its encodings', async () => {
    const entry = large();
    const before = entry.bytes;
    const { length } = await entry.bytesAs('gzip', ignore);
    expect(entry.bytes).toBe(before + length);
  });

  it('does not compress small bodies', () => {
    const entry = small();
    expect([entry.isEncodedAs('br'), entry.bytesAs('br', ignore)]).toEqual([false, entry.body]);
  });
});
