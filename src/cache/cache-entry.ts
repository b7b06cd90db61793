import { hash } from 'node:crypto';
import { COMPRESSION_THRESHOLD, encode, type Encoding } from '../responses/compression';
import { READ_HEADERS, type Representation } from '../responses/representation';

/**
 * The ETag of a response that has none of its own, derived from its cache key: a conditional request needs no
 * query. Weak, because an entry may be newer than its key.
 */
export const weakEtag = (name: string): string => `W/"${hash('sha256', name, 'base64url').slice(0, 22)}"`;

/** A response with its headers, its bytes in each encoding that was sent, and the generations it is valid for. */
export class CacheEntry {
  readonly createdAt = performance.now();

  /** When the entry was last known to be current, in milliseconds of `performance.now()`. */
  revalidatedAt = 0;

  /** The generations that it is valid for. */
  tag = '';

  /** The epoch of those generations. */
  epoch = '';

  private readonly encoded = new Map<Encoding, Buffer | Promise<Buffer>>();

  private constructor(
    readonly body: Buffer,
    readonly headers: Readonly<Record<string, string>>,
    /** Queries whether the entry is current; absent where that costs as much as a fill. */
    readonly isUnchanged?: () => Promise<boolean>,
  ) {}

  /** @param name the cache key as text */
  static of({ json = '', headers, isUnchanged }: Representation, name: string): CacheEntry {
    return new CacheEntry(
      Buffer.from(json),
      { 'content-type': 'application/json; charset=utf-8', etag: weakEtag(name), ...READ_HEADERS, ...headers },
      isUnchanged,
    );
  }

  /** Parses the output of `toText`; undefined for any other text. */
  static parse(text: string): CacheEntry | undefined {
    const end = text.indexOf('\n');
    try {
      const { headers, bytes } = JSON.parse(text.slice(0, end)) as { headers: Record<string, string>; bytes: number };
      const body = Buffer.from(text.slice(end + 1));
      return body.length === bytes && typeof headers.etag === 'string' ? new CacheEntry(body, headers) : undefined;
    } catch {
      return undefined;
    }
  }

  /** The entry as text, for Redis: one line of headers, then the body. */
  toText(): string {
    return `${JSON.stringify({ headers: this.headers, bytes: this.body.length })}\n${this.body.toString()}`;
  }

  get etag(): string {
    return this.headers.etag ?? '';
  }

  /** Memory of the entry in bytes, all encodings included. */
  get bytes(): number {
    let bytes = this.body.length + 1024;
    for (const encoded of this.encoded.values()) if (Buffer.isBuffer(encoded)) bytes += encoded.length;
    return bytes;
  }

  /** Whether the body is compressed for a client that accepts this encoding; small bodies are not. */
  isEncodedAs(encoding: Encoding): boolean {
    return encoding !== 'identity' && this.body.length >= COMPRESSION_THRESHOLD;
  }

  /**
   * The body in an encoding. Each encoding is made once, for the first client that needs it.
   *
   * @param onGrown called when the entry holds one more encoding
   */
  bytesAs(encoding: Encoding, onGrown: (entry: CacheEntry) => void): Buffer | Promise<Buffer> {
    if (encoding === 'identity' || !this.isEncodedAs(encoding)) return this.body;
    const present = this.encoded.get(encoding);
    if (present) return present;
    const encoded = encode(this.body, encoding).then((bytes) => {
      this.encoded.set(encoding, bytes);
      onGrown(this);
      return bytes;
    });
    this.encoded.set(encoding, encoded);
    encoded.catch(() => this.encoded.delete(encoding));
    return encoded;
  }
}
