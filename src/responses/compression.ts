import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, deflate, gzip } from 'node:zlib';

/** Content codings that the service supports, the best first. */
export const ENCODINGS = ['br', 'gzip', 'deflate', 'identity'] as const;

export type Encoding = (typeof ENCODINGS)[number];

/** Minimum size of a compressed response, in bytes: a smaller one fits into one packet anyway. */
export const COMPRESSION_THRESHOLD = 1024;

/** Of 50 metrics, 103 kB, this makes 20 kB in 1.0 ms; quality 5 takes 1.4 ms for 19 kB, 11 takes 99 ms for 16 kB. */
export const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: 18 } };
/** The same 20 kB in 1.1 ms; zlib's own default, 6, takes 1.3 ms for 2 % less. */
export const ZLIB = { level: 5 };

/** Clients send few different headers: negotiated encodings are cached. */
const MAX_CACHED = 200;
const MAX_LENGTH = 200;
const cached = new Map<string, Encoding>();

/**
 * Negotiates the content coding of a response: the one with the highest weight, of equal ones the best (RFC 9110,
 * 12.5.3). A client that accepts no supported coding gets `identity`, as the RFC allows; `x-no-compression` requests it.
 */
export function negotiate(headers: IncomingHttpHeaders): Encoding {
  const accepted = headers['accept-encoding'];
  if (accepted === undefined || headers['x-no-compression'] !== undefined) return 'identity';
  const known = cached.get(accepted);
  if (known !== undefined) return known;
  const encoding = choose(accepted);
  if (cached.size === MAX_CACHED) cached.clear();
  if (accepted.length <= MAX_LENGTH) cached.set(accepted, encoding);
  return encoding;
}

function choose(accepted: string): Encoding {
  const weights = new Map<string, number>();
  for (const part of accepted.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((text) => text.trim());
    const weight = parameters.find((parameter) => /^q\s*=/.test(parameter));
    weights.set(coding.replace(/^x-(?=gzip$)/, ''), weight === undefined ? 1 : readWeight(weight));
  }
  const others = weights.get('*') ?? 0;
  let best: Encoding = 'identity';
  // Where it is not named it is acceptable, and chosen when nothing else is.
  let most = weights.get('identity') ?? 0;
  for (const encoding of ENCODINGS.slice(0, -1).reverse()) {
    const weight = weights.get(encoding) ?? others;
    if (weight > 0 && weight >= most) [best, most] = [encoding, weight];
  }
  return best;
}

/** A weight that is not a number from 0 to 1 counts as 0. */
function readWeight(parameter: string): number {
  const [, text = ''] = /^q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.exec(parameter) ?? [];
  return Number(text);
}

const compressors = {
  br: promisify<Buffer, object, Buffer>(brotliCompress),
  gzip: promisify<Buffer, object, Buffer>(gzip),
  deflate: promisify<Buffer, object, Buffer>(deflate),
};

/** Compresses a body, off the event loop. */
export function encode(body: Buffer, encoding: Exclude<Encoding, 'identity'>): Promise<Buffer> {
  return compressors[encoding](body, encoding === 'br' ? BROTLI : ZLIB);
}
