/** The log level of a problem: client errors are `info`, server errors `warn` or `error`. */
export type ProblemLevel = 'debug' | 'info' | 'warn' | 'error';

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly level: ProblemLevel;
  /** When it occurs and what the client can do; printed in docs/errors.md and OpenAPI, and the default `detail`. */
  readonly meaning: string;
}

/**
 * Every problem that the service can return. A code is part of the API; a detail may change.
 * `docs/errors.md` and the OpenAPI document are generated from this table.
 */
// One line per problem, as a table.
// prettier-ignore
export const problemKinds = {
  // 400: the form of the request is wrong
  bad_request: { status: 400, title: 'Bad request', level: 'info', meaning: 'The request line, a header or the framing of the body is not valid HTTP.' },
  invalid_encoding: { status: 400, title: 'Invalid encoding', level: 'info', meaning: 'The URL is not valid percent-encoding, or the URL or the body is not valid UTF-8.' },
  malformed_json: { status: 400, title: 'Malformed JSON', level: 'info', meaning: 'The body is empty or not valid JSON (RFC 8259).' },
  duplicate_key: { status: 400, title: 'Duplicate key', level: 'info', meaning: 'A JSON object has the same member twice.' },
  forbidden_key: { status: 400, title: 'Forbidden key', level: 'info', meaning: 'A JSON object has a member named `__proto__`, `constructor` or `prototype`.' },
  too_deep: { status: 400, title: 'Nesting too deep', level: 'info', meaning: 'The JSON is nested deeper than 32 levels.' },
  invalid_parameter: { status: 400, title: 'Invalid parameter', level: 'info', meaning: 'A query parameter is unknown, repeated or has an invalid value; `errors` lists each.' },
  invalid_header: { status: 400, title: 'Invalid header', level: 'info', meaning: 'If-Match, If-None-Match or Idempotency-Key has an invalid value.' },
  invalid_cursor: { status: 400, title: 'Invalid cursor', level: 'info', meaning: 'The cursor was not issued by this service. Start again with an empty cursor.' },
  cursor_mismatch: { status: 400, title: 'Cursor mismatch', level: 'info', meaning: 'The cursor was issued for other filters or another sort order. Start again with an empty cursor.' },
  page_too_deep: { status: 400, title: 'Page too deep', level: 'info', meaning: 'Page mode is limited to the first 10,000 rows. Use `cursor=` to read further.' },
  // 401, 403: authentication and authorization
  unauthenticated: { status: 401, title: 'Not authenticated', level: 'info', meaning: 'Credentials are missing, unknown, expired or revoked. Send `Authorization: Bearer …`.' },
  forbidden: { status: 403, title: 'Forbidden', level: 'info', meaning: 'The credentials are valid, but their role lacks the permission.' },
  // 404 … 428: the resource or its state
  not_found: { status: 404, title: 'Not found', level: 'info', meaning: 'The route or document does not exist, or the document is deleted.' },
  method_not_allowed: { status: 405, title: 'Method not allowed', level: 'info', meaning: 'The path exists but does not support the method; `Allow` lists the supported ones.' },
  not_acceptable: { status: 406, title: 'Not acceptable', level: 'info', meaning: 'The header Accept excludes the media type of the route.' },
  request_timeout: { status: 408, title: 'Request timeout', level: 'info', meaning: 'The headers or the body arrived too slowly; the connection is closed.' },
  already_exists: { status: 409, title: 'Already exists', level: 'info', meaning: 'The key is already in use. Keys are unique regardless of case.' },
  key_deleted: { status: 409, title: 'Key of a deleted document', level: 'info', meaning: 'The key belongs to a deleted document. Keys are never reused; restore the document instead.' },
  not_deleted: { status: 409, title: 'Not deleted', level: 'info', meaning: 'Only a deleted document can be restored.' },
  in_use: { status: 409, title: 'In use', level: 'info', meaning: 'Other documents refer to this one; `counts` has their number, `users` the first 20.' },
  invalid_transition: { status: 409, title: 'Transition not allowed', level: 'info', meaning: 'The lifecycle has no transition from the current status to the requested one.' },
  idempotency_in_progress: { status: 409, title: 'Request in progress', level: 'info', meaning: 'A request with this Idempotency-Key is still in progress; retry later.' },
  import_in_progress: { status: 409, title: 'Import in progress', level: 'info', meaning: 'An import of this source is running; retry when it has ended.' },
  conflict: { status: 409, title: 'Conflict', level: 'info', meaning: 'The database rejected the write because it conflicts with another row.' },
  precondition_failed: { status: 412, title: 'Precondition failed', level: 'info', meaning: 'The ETag does not match the current version; the response has the current ETag and `version`.' },
  payload_too_large: { status: 413, title: 'Payload too large', level: 'info', meaning: 'The body exceeds `limit` bytes, or `limit` members and list elements; `detail` says which.' },
  uri_too_long: { status: 414, title: 'URI too long', level: 'info', meaning: 'The request line exceeds the limit of the service.' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type', level: 'info', meaning: 'The content type is missing or not supported (see `Accept-Post` or `Accept-Patch`), or the body has a `Content-Encoding` (see `Accept-Encoding`).' },
  expectation_failed: { status: 417, title: 'Expectation failed', level: 'info', meaning: 'The header `Expect` has a value other than `100-continue`.' },
  misdirected_request: { status: 421, title: 'Misdirected request', level: 'info', meaning: 'The service does not serve the host that the header Host names; see the setting `ALLOWED_HOSTS`.' },
  precondition_required: { status: 428, title: 'Precondition required', level: 'info', meaning: 'PUT requires `If-Match: "<etag>"` to replace or `If-None-Match: *` to create.' },
  rate_limited: { status: 429, title: 'Too many requests', level: 'info', meaning: 'A rate limit is exceeded; retry after `Retry-After` seconds. Every response reports the remaining quota in `RateLimit`.' },
  headers_too_large: { status: 431, title: 'Headers too large', level: 'info', meaning: 'The header section exceeds the limit of the service.' },
  // 422: well-formed, wrong content
  invalid_document: { status: 422, title: 'Invalid content', level: 'info', meaning: 'The body is well-formed but invalid; `errors` lists each violation with a pointer.' },
  unknown_field: { status: 422, title: 'Unknown field', level: 'info', meaning: 'The only violations are unknown fields; `errors` lists each with a pointer.' },
  invalid_character: { status: 422, title: 'Invalid character', level: 'info', meaning: 'The only violations are texts with NUL, a lone surrogate, a control character or a bidirectional override.' },
  number_out_of_range: { status: 422, title: 'Number out of range', level: 'info', meaning: 'The only violations are numbers that would lose precision (beyond ±2^53, closer to 0 than 1e-30, more digits than a double holds) or are out of range for their field.' },
  unknown_reference: { status: 422, title: 'Unknown reference', level: 'info', meaning: 'The only violations are references to documents that do not exist or are deleted.' },
  cycle: { status: 422, title: 'Cycle', level: 'info', meaning: 'The only violations are references that would create a cycle; `path` lists its members.' },
  bulk_refused: { status: 422, title: 'Bulk request rejected', level: 'info', meaning: 'At least one item is invalid, so nothing was written; `errors` lists item, line and pointer.' },
  import_refused: { status: 422, title: 'Import refused', level: 'info', meaning: 'At least one document is invalid, so nothing was written; `report` is the report of the import.' },
  gate_refused: { status: 422, title: 'Not ready for this status', level: 'info', meaning: 'The document lacks fields that the new status requires; `errors` lists each.' },
  idempotency_key_reused: { status: 422, title: 'Idempotency key reused', level: 'info', meaning: 'The Idempotency-Key was used before with a different request.' },
  // 5xx: server errors
  internal_error: { status: 500, title: 'Internal error', level: 'error', meaning: 'An unexpected error in the service. Report it with the `request_id`.' },
  database_unavailable: { status: 503, title: 'Database unavailable', level: 'error', meaning: 'The database is unavailable, read-only or out of resources; retry after `Retry-After` seconds.' },
  outcome_unknown: { status: 503, title: 'Outcome unknown', level: 'error', meaning: 'The connection to the database was lost during COMMIT, so the write may have succeeded. Read before you repeat it, or repeat it with the same Idempotency-Key. There is no `Retry-After`.' },
  identity_provider_unavailable: { status: 503, title: 'Identity provider unavailable', level: 'error', meaning: 'The keys of the identity provider cannot be fetched, so its tokens cannot be verified; retry after `Retry-After` seconds.' },
  overloaded: { status: 503, title: 'Overloaded', level: 'warn', meaning: 'No database connection became free in time, or too many costly requests or password checks are queued; retry after `Retry-After` seconds.' },
  write_contention: { status: 503, title: 'Write contention', level: 'warn', meaning: 'Concurrent writes conflicted repeatedly, or a lock was not released in time; retry after `Retry-After` seconds.' },
  not_ready: { status: 503, title: 'Not ready', level: 'warn', meaning: 'The service is starting, shutting down or lacks a dependency; `details` lists it.' },
  timeout: { status: 504, title: 'Timeout', level: 'warn', meaning: 'The statement or the handler exceeded its time limit and was cancelled.' },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problemKinds;
