import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../problems/problem';
import type { Violation } from '../validation/violation';
import { scanJson } from './json-scan';

export const JSON_TYPE = 'application/json';
export const MERGE_PATCH_TYPE = 'application/merge-patch+json';
export const NDJSON_TYPE = 'application/x-ndjson';

/** What a bulk route takes, and how much: `@AddRouteConfig(BULK_ROUTE)`. */
export const BULK_ROUTE = { accepts: [JSON_TYPE, NDJSON_TYPE], bulk: true, maxItems: 1000 };

/** One line of an NDJSON body: its number in the body (from 1), and its value or what is wrong with it. */
export interface NdjsonLine {
  line: number;
  value?: unknown;
  violation?: Violation;
}

/** A parsed NDJSON body, told apart from a JSON array by its class. */
export class NdjsonBody {
  constructor(readonly lines: NdjsonLine[]) {}
}

const decoder = new TextDecoder('utf-8', { fatal: true });
const FORM_CODES = new Set(['duplicate_key', 'forbidden_key', 'too_deep'] as const);
type FormCode = 'duplicate_key' | 'forbidden_key' | 'too_deep';
const isForm = (code: string): code is FormCode => FORM_CODES.has(code as FormCode);

function decode(body: Buffer): string {
  try {
    return decoder.decode(body);
  } catch (cause) {
    throw new Problem('invalid_encoding', { detail: 'The body is not valid UTF-8.', cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const detail = text.trim() === '' ? 'The body is empty.' : 'The body is no JSON text.';
    throw new Problem('malformed_json', { detail, cause });
  }
}

/**
 * Parses a JSON body.
 *
 * @throws Problem 400 for its form (encoding, syntax, duplicate or forbidden members, depth), 422 for its characters and numbers
 */
export function parseJson(body: Buffer): unknown {
  const text = decode(body);
  const value = parse(text);
  const violations = scanJson(text);
  const form = violations.filter(({ code }) => isForm(code));
  const [first] = form;
  if (first && isForm(first.code)) throw new Problem(first.code, { detail: first.detail, errors: form });
  if (violations.length > 0) throw Problem.invalid(violations);
  return value;
}

/** The 422 for more items than a bulk route takes. */
export const tooManyItems = (maxItems: number) =>
  Problem.invalid([{ pointer: '/items', code: 'too_long', detail: `There may be at most ${maxItems} items.` }]);

/**
 * Parses a body of one JSON text a line; a bad line is kept with its violation, so that the others can be judged too.
 *
 * @throws Problem 422 `too_long` for more lines than `maxItems` and a count, before any is parsed
 */
export function parseNdjson(body: Buffer, maxItems: number): NdjsonBody {
  const lines = linesOf(decode(body), maxItems + 1);
  if (!lines) throw tooManyItems(maxItems);
  return new NdjsonBody(lines.map(parseLine));
}

/** The lines that are not blank; undefined where there are more than `limit`. */
function linesOf(text: string, limit: number): { line: number; text: string }[] | undefined {
  const lines: { line: number; text: string }[] = [];
  for (let line = 1, start = 0; start < text.length; line++) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const one = text.slice(start, end);
    if (one.trim() !== '') lines.push({ line, text: one });
    if (lines.length > limit) return undefined;
    start = end + 1;
  }
  return lines;
}

function parseLine({ line, text }: { line: number; text: string }): NdjsonLine {
  try {
    const value: unknown = JSON.parse(text);
    const [violation] = scanJson(text);
    return violation ? { line, violation: { ...violation, line } } : { line, value };
  } catch {
    return { line, violation: { line, pointer: '', code: 'malformed_json', detail: 'The line is no JSON text.' } };
  }
}

const UTF8 = /^utf-?8$/i;

function refuseOtherCharsets(request: FastifyRequest): void {
  const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !UTF8.test(charset)) throw unsupportedMediaType(request, 'Only UTF-8 is accepted.');
}

/** Nothing is unpacked: what is small on the wire could be huge in memory. */
function refuseEncodings({ headers }: FastifyRequest): void {
  if (/^\s*(identity)?\s*$/i.test(headers['content-encoding'] ?? '')) return;
  throw new Problem('unsupported_media_type', {
    detail: 'A body is taken as it is, without Content-Encoding.',
    headers: { 'accept-encoding': 'identity' },
  });
}

/** What a route accepts; a route that takes more than JSON says so in its config (`@RouteConfig({ accepts })`). */
export const acceptedTypes = (request: FastifyRequest): string[] => {
  const { accepts } = request.routeOptions.config as { accepts?: string[] };
  return accepts ?? (request.method === 'PATCH' ? [MERGE_PATCH_TYPE, JSON_TYPE] : [JSON_TYPE]);
};

/** 415 with the header that names what the route accepts (RFC 5789, 2.2; RFC 9110, 15.5.16). */
export function unsupportedMediaType(request: FastifyRequest, detail: string): Problem {
  const header = request.method === 'PATCH' ? 'accept-patch' : request.method === 'POST' ? 'accept-post' : 'accept';
  return new Problem('unsupported_media_type', { detail, headers: { [header]: acceptedTypes(request).join(', ') } });
}

/** Registers the content types the service reads; all others are refused before a byte of the body is parsed. */
export function registerBodyParsers(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  const register = (type: string, parser: (body: Buffer, request: FastifyRequest) => unknown) =>
    fastify.addContentTypeParser<Buffer>(type, { parseAs: 'buffer' }, (request, body, done) => {
      // Clients send a content type with no body too: a route that takes none is not to mind, the others miss it.
      if (body.length === 0) return done(null, undefined);
      try {
        if (!acceptedTypes(request).includes(type))
          throw unsupportedMediaType(request, `This route does not take ${type}.`);
        refuseOtherCharsets(request);
        refuseEncodings(request);
        done(null, parser(body, request));
      } catch (error) {
        done(error as Error);
      }
    });
  register(JSON_TYPE, parseJson);
  register(MERGE_PATCH_TYPE, parseJson);
  register(NDJSON_TYPE, (body, request) =>
    parseNdjson(body, (request.routeOptions.config as unknown as typeof BULK_ROUTE).maxItems),
  );
}
