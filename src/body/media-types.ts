import type { FastifyRequest } from 'fastify';
import { Problem } from '../problems/problem';

export const JSON_TYPE = 'application/json';
export const MERGE_PATCH_TYPE = 'application/merge-patch+json';
export const NDJSON_TYPE = 'application/x-ndjson';
/** RFC 4180. */
export const CSV_TYPE = 'text/csv';
/** RFC 9512. */
export const YAML_TYPE = 'application/yaml';

/** Route options of a bulk route. */
export const BULK_ROUTE = { accepts: [JSON_TYPE, NDJSON_TYPE], bulk: { maxItems: 1000 } } as const;

/** The media types that a route accepts: what it declares, or JSON. */
export const acceptedTypes = ({ routeOptions: { config }, method }: FastifyRequest): readonly string[] =>
  config.accepts ?? (method === 'PATCH' ? [MERGE_PATCH_TYPE, JSON_TYPE] : [JSON_TYPE]);

/** 415 with a header that lists what the route accepts (RFC 5789, 2.2; RFC 9110, 15.5.16). */
export function unsupportedMediaType(request: FastifyRequest, detail: string): Problem {
  const header = request.method === 'PATCH' ? 'accept-patch' : request.method === 'POST' ? 'accept-post' : 'accept';
  return new Problem('unsupported_media_type', { detail, headers: { [header]: acceptedTypes(request).join(', ') } });
}

/** @throws Problem 415 for a charset other than UTF-8, and for a compressed body: it could decompress to any size */
export function checkEncoding(request: FastifyRequest): void {
  const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset))
    throw unsupportedMediaType(request, 'The charset of the body must be UTF-8.');
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity')
    throw new Problem('unsupported_media_type', {
      detail: 'The body must be sent without Content-Encoding.',
      headers: { 'accept-encoding': 'identity' },
    });
}
