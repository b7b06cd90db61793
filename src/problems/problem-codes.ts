/** How loud the log is about a problem: the caller's mistakes are quiet, ours are not. */
export type ProblemLevel = 'debug' | 'info' | 'warn' | 'error';

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly level: ProblemLevel;
  /** When a caller meets it and what to do: the text of docs/errors.md. */
  readonly meaning: string;
}

/**
 * Every problem the service answers with. A code is a promise to clients, a detail is not.
 * `docs/errors.md` and the OpenAPI document are made from this table.
 */
// One line a problem, to be read as a table.
// prettier-ignore
export const problemKinds = {
  // 400: the form of the request is wrong
  bad_request: { status: 400, title: 'Bad request', level: 'info', meaning: 'The request line, a header or the framing of the body is not valid HTTP.' },
  invalid_encoding: { status: 400, title: 'Invalid encoding', level: 'info', meaning: 'The URL or the body is not valid UTF-8 or percent-encoding.' },
  malformed_json: { status: 400, title: 'Malformed JSON', level: 'info', meaning: 'The body is empty or no JSON text (RFC 8259).' },
  duplicate_key: { status: 400, title: 'Duplicate key', level: 'info', meaning: 'A JSON object names the same member twice.' },
  forbidden_key: { status: 400, title: 'Forbidden key', level: 'info', meaning: 'A JSON object has a member named `__proto__`, `constructor` or `prototype`.' },
  too_deep: { status: 400, title: 'Nesting too deep', level: 'info', meaning: 'The JSON text nests deeper than 32 levels.' },
  invalid_parameter: { status: 400, title: 'Invalid parameter', level: 'info', meaning: 'A query parameter is unknown, repeated, or has a value that is not allowed; `errors` names each.' },
  invalid_header: { status: 400, title: 'Invalid header', level: 'info', meaning: 'A request header cannot be read: If-Match, If-None-Match or Idempotency-Key.' },
  invalid_cursor: { status: 400, title: 'Invalid cursor', level: 'info', meaning: 'The cursor was not made by this service; start again with an empty one.' },
  cursor_mismatch: { status: 400, title: 'Cursor of another query', level: 'info', meaning: 'A cursor belongs to the filters and the sort it came with; start again with an empty one.' },
  page_too_deep: { status: 400, title: 'Page too deep', level: 'info', meaning: 'Page mode reaches 10,000 rows; go on with `cursor=`.' },
  // 401, 403: the caller
  unauthenticated: { status: 401, title: 'Not authenticated', level: 'info', meaning: 'The request needs credentials, or those it shows are unknown, expired or revoked: `Authorization: Bearer …`.' },
  forbidden: { status: 403, title: 'Forbidden', level: 'info', meaning: 'The credentials are good, but their role may not do this.' },
  // 404 … 428: the resource or its state
  not_found: { status: 404, title: 'Not found', level: 'info', meaning: 'There is no such route or document, or the document is deleted.' },
  method_not_allowed: { status: 405, title: 'Method not allowed', level: 'info', meaning: 'The path exists; the header `Allow` lists its methods.' },
  request_timeout: { status: 408, title: 'Request timeout', level: 'info', meaning: 'Headers or body came too slowly; the connection is closed.' },
  already_exists: { status: 409, title: 'Already exists', level: 'info', meaning: 'The key is taken (keys are unique without regard to case).' },
  key_deleted: { status: 409, title: 'Key belongs to a deleted document', level: 'info', meaning: 'Keys are never reused; restore the document instead.' },
  not_deleted: { status: 409, title: 'Not deleted', level: 'info', meaning: 'Only a deleted document can be restored.' },
  in_use: { status: 409, title: 'In use', level: 'info', meaning: 'Other documents refer to this one; `counts` counts them, `users` names the first 20.' },
  invalid_transition: { status: 409, title: 'Transition not allowed', level: 'info', meaning: 'The lifecycle has no step from the present status to the one asked for.' },
  idempotency_in_progress: { status: 409, title: 'Request in progress', level: 'info', meaning: 'A request with this Idempotency-Key is still running; try again.' },
  conflict: { status: 409, title: 'Conflict', level: 'info', meaning: 'The database refused the write because it contradicts another row.' },
  precondition_failed: { status: 412, title: 'Precondition failed', level: 'info', meaning: 'The document has another version; the answer carries the current ETag and `version`.' },
  payload_too_large: { status: 413, title: 'Payload too large', level: 'info', meaning: 'The body is larger than the limit in `limit` (bytes).' },
  uri_too_long: { status: 414, title: 'URI too long', level: 'info', meaning: 'The request line is longer than the service reads.' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type', level: 'info', meaning: 'The content type is missing or not accepted; see `Accept-Post` or `Accept-Patch`. Or the body has a `Content-Encoding`; see `Accept-Encoding`.' },
  expectation_failed: { status: 417, title: 'Expectation failed', level: 'info', meaning: 'The header `Expect` asks for something else than `100-continue`.' },
  precondition_required: { status: 428, title: 'Precondition required', level: 'info', meaning: 'PUT needs `If-Match: "<etag>"` to replace or `If-None-Match: *` to create.' },
  rate_limited: { status: 429, title: 'Too many requests', level: 'info', meaning: 'A limit on the requests of one caller is used up; try again after `Retry-After` seconds. `RateLimit` says what is left of each limit, on every answer.' },
  headers_too_large: { status: 431, title: 'Headers too large', level: 'info', meaning: 'The header section is larger than the service reads.' },
  // 422: well-formed, wrong content
  invalid_document: { status: 422, title: 'Invalid content', level: 'info', meaning: 'The body is well-formed but breaks rules; `errors` names each with a pointer.' },
  unknown_field: { status: 422, title: 'Unknown field', level: 'info', meaning: 'The only thing wrong: the body has fields that do not exist; `errors` points at each.' },
  invalid_character: { status: 422, title: 'Invalid character', level: 'info', meaning: 'The only thing wrong: a string holds NUL or a lone surrogate.' },
  number_out_of_range: { status: 422, title: 'Number out of range', level: 'info', meaning: 'The only thing wrong: a number would not stay exact (beyond ±2^53, nearer to 0 than 1e-30, more than 40 digits) or is outside the range of its field.' },
  unknown_reference: { status: 422, title: 'Unknown reference', level: 'info', meaning: 'The only thing wrong: the document names keys of no live document.' },
  cycle: { status: 422, title: 'Cycle', level: 'info', meaning: 'The only thing wrong: a reference would close a cycle; `path` names its members.' },
  bulk_refused: { status: 422, title: 'Bulk refused', level: 'info', meaning: 'At least one item was refused, so nothing was written; `errors` names item, line and pointer.' },
  gate_refused: { status: 422, title: 'Not ready for this status', level: 'info', meaning: 'The document lacks what the new status asks for; `errors` lists every missing field.' },
  idempotency_key_reused: { status: 422, title: 'Idempotency key reused', level: 'info', meaning: 'The key was used before with another request.' },
  // 5xx: ours
  internal_error: { status: 500, title: 'Internal error', level: 'error', meaning: 'A defect of the service; report it with the `request_id`.' },
  database_unavailable: { status: 503, title: 'Database unavailable', level: 'error', meaning: 'The database cannot be reached; try again after `Retry-After` seconds.' },
  identity_provider_unavailable: { status: 503, title: 'Identity provider unavailable', level: 'error', meaning: 'The keys of the identity provider cannot be fetched, so its tokens cannot be verified; try again after `Retry-After` seconds.' },
  overloaded: { status: 503, title: 'Overloaded', level: 'warn', meaning: 'No database connection became free in time, or too many passwords wait to be checked; try again after `Retry-After` seconds.' },
  write_contention: { status: 503, title: 'Write contention', level: 'warn', meaning: 'Concurrent writes collided repeatedly; try again after `Retry-After` seconds.' },
  not_ready: { status: 503, title: 'Not ready', level: 'warn', meaning: 'The service is starting, stopping, or has lost something it needs; `details` names it.' },
  timeout: { status: 504, title: 'Timeout', level: 'warn', meaning: 'The statement or the handler took longer than its limit and was stopped.' },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problemKinds;
