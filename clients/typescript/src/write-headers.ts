import type { Middleware } from 'openapi-fetch';
import { RESOURCES } from './types.ts';

/** The number of documents whose ETag is kept. */
const MAX_ETAGS = 10_000;
const COLLECTION = new RegExp(`^/api/v1/(?:${RESOURCES.join('|')})(?=/|$)`);

/**
 * Keeps the ETag of each document that was read or written, and sends it as `If-Match` of the next write. Adds an
 * `Idempotency-Key` to every POST of documents, so that a retry is not executed twice.
 */
export function writeHeaders(): Middleware {
  const etags = new Map<string, string>();
  const keep = (document: string, etag: string | null): void => {
    etags.delete(document);
    if (etag === null) return;
    etags.set(document, etag);
    for (const [oldest] of etags) if (etags.size > MAX_ETAGS) etags.delete(oldest);
  };
  return {
    onRequest({ request, schemaPath, params }) {
      const { headers, method } = request;
      if (method === 'GET' || !COLLECTION.test(schemaPath)) return;
      if (method === 'POST' && !headers.has('idempotency-key')) headers.set('idempotency-key', randomKey());
      const key = params.path?.['key'];
      const etag = key === undefined ? undefined : etags.get(documentOf(schemaPath, key));
      if (etag !== undefined && !headers.has('if-match') && !headers.has('if-none-match'))
        headers.set('if-match', etag);
    },
    onResponse({ request: { method }, response, schemaPath, params }) {
      if (!response.ok || !COLLECTION.test(schemaPath)) return;
      const etag = response.headers.get('etag');
      const location = response.headers.get('location');
      const created = location === null ? undefined : decodeURIComponent(location.slice(location.lastIndexOf('/') + 1));
      const key = params.path?.['key'] ?? created;
      // Other reads below a document, such as its revisions, have ETags of their own.
      if (key === undefined || (method === 'GET' && !schemaPath.endsWith('/{key}'))) return;
      keep(documentOf(schemaPath, key), method === 'DELETE' ? null : etag);
    },
  };
}

/** Identifies a document. Keys are case-insensitive. */
const documentOf = (schemaPath: string, key: unknown): string =>
  `${COLLECTION.exec(schemaPath)?.[0] ?? ''}/${String(key).toLowerCase()}`;

/** `crypto.randomUUID()` exists in secure contexts only, so not on an intranet page without TLS. */
const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
