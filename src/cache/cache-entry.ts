import { hash } from 'node:crypto';
import { COMPRESSION_THRESHOLD, encode, type Encoding } from '../responses/compression';
import { READ_HEADERS, type Representation } from '../responses/representation';

/**
 * The tag of an answer that has none of its own: from the state of the database and the question, so that asking again
 * costs no query. Weak, since the answer may be newer than the state it was asked for.
 */
export const weakEtag = (name: string): string => `W/"${hash('sha256', name, 'base64url').slice(0, 22)}"`;

/** A finished answer, to be sent any number of times: bytes, headers, and the state of the database it is true for. */
export class CacheEntry {
  readonly madeAt = performance.now();

  /** When the database was last known to agree, in milliseconds of `performance.now()`. */
  revalidatedAt = 0;

  /** The generations it is true for. */
  tag = '';

  /** The life of the database that they belong to. */
  epoch = '';

  private readonly encoded = new Map<Encoding, Buffer | Promise<Buffer>>();

  private constructor(
    readonly body: Buffer,
    readonly headers: Readonly<Record<string, string>>,
    /** Asks the database whether the answer would still be the same; absent where that costs as much as answering. */
    readonly isUnchanged?: () => Promise<boolean>,
  ) {}

  /** @param name tells the answer from all others, the state of the database included */
  static of({ json = '', headers, isUnchanged }: Representation, name: string): CacheEntry {
    return new CacheEntry(
      Buffer.from(json),
      { 'content-type': 'application/json; charset=utf-8', etag: weakEtag(name), ...READ_HEADERS, ...headers },
      isUnchanged,
    );
  }

  /** The answer that `toText` wrote; undefined where the text is no such one. */
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

  /** One line for the headers, then the body: for a store of texts. */
  toText(): string {
    return `${JSON.stringify({ headers: this.headers, bytes: this.body.length })}\n${this.body.toString()}`;
  }

  get etag(): string {
    return this.headers.etag ?? '';
  }

  /** Memory that it takes, in bytes: the body in each form it was sent in. */
  get bytes(): number {
    let bytes = this.body.length + 1024;
    for (const form of this.encoded.values()) if (Buffer.isBuffer(form)) bytes += form.length;
    return bytes;
  }

  /** Whether it is sent in this encoding; small answers are not. */
  isEncodedAs(encoding: Encoding): boolean {
    return encoding !== 'identity' && this.body.length >= COMPRESSION_THRESHOLD;
  }

  /**
   * The body as it is sent. Each encoding is made once, by the first who wants it.
   *
   * @param onGrown called when there is one more form to keep
   */
  bytesAs(encoding: Encoding, onGrown: (answer: CacheEntry) => void): Buffer | Promise<Buffer> {
    if (encoding === 'identity' || !this.isEncodedAs(encoding)) return this.body;
    const known = this.encoded.get(encoding);
    if (known) return known;
    const made = encode(this.body, encoding).then((bytes) => {
      this.encoded.set(encoding, bytes);
      onGrown(this);
      return bytes;
    });
    this.encoded.set(encoding, made);
    made.catch(() => this.encoded.delete(encoding));
    return made;
  }
}
