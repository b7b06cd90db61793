import type { Author } from '../../identity/author';
import { BULK_ROUTE } from '../../body/media-types';
import { NdjsonBody, tooManyItems } from '../../body/ndjson-body';
import { Representation } from '../../responses/representation';
import { type ParsedQuery, parseQuery, type QueryParser } from '../../routing/query-parameters';
import { Problem } from '../../problems/problem';
import { MAX_ECHO, MAX_ERRORS, pointerStep, type Violation } from '../../validation/violation';
import type { Bulk, BulkTarget } from './bulk';
import type { BulkItem, BulkOptions, BulkResult } from './bulk-result';

const { maxItems } = BULK_ROUTE.bulk;
/** Violations that a whole answer lists at the most; each refused item has one at least. */
const MAX_BULK_ERRORS = maxItems;

/** The query parameters of a bulk request, with their values; the first is the default. */
export const BULK_PARAMETERS = {
  mode: ['create', 'upsert'],
  atomic: ['true', 'false'],
  dry_run: ['false', 'true'],
  refs: ['strict', 'lenient'],
} as const;

/** The query of a bulk request. */
export type BulkQuery = ParsedQuery & BulkOptions;

/** The query parser of a bulk route. */
export const bulkQuery: QueryParser<BulkQuery> = {
  parse: (query) =>
    parseQuery(query, Object.keys(BULK_PARAMETERS), (parameters, violations) => {
      const choice = (parameter: keyof typeof BULK_PARAMETERS): string => {
        const values: readonly string[] = BULK_PARAMETERS[parameter];
        const value = parameters[parameter] ?? values[0] ?? '';
        if (!values.includes(value))
          violations.push({
            parameter,
            code: 'invalid_value',
            detail: `${parameter} must be one of ${values.join(', ')}.`,
          });
        return value;
      };
      return {
        mode: choice('mode') === 'upsert' ? 'upsert' : 'create',
        atomic: choice('atomic') === 'true',
        dryRun: choice('dry_run') === 'true',
        lenient: choice('refs') === 'lenient',
        canonical: new URLSearchParams(parameters).toString(),
      };
    }),
};

/**
 * The items of an NDJSON body or of `{"items":[…]}`; none only for the export of nothing.
 *
 * @throws Problem 400 `malformed_json`, 422 for another shape, no items, more than 1,000, or not as many as were counted
 */
export function readBulkItems(body: unknown): BulkItem[] {
  if (body === undefined) throw new Problem('malformed_json', { detail: 'The request has no body.' });
  const isNdjson = body instanceof NdjsonBody;
  const items = isNdjson ? ndjsonItems(body) : jsonItems(body);
  if (items.length === 0 && !(isNdjson && body.lines.length > 0))
    throw Problem.invalid([{ pointer: '/items', code: 'too_short', detail: 'There are no items.' }]);
  if (items.length > maxItems) throw tooManyItems(maxItems);
  return items;
}

/** The last line of an export, `{"count":503}`, is no document: what was exported can be sent back as it is. */
const isCount = (value: unknown): value is { count: unknown } =>
  value !== null && typeof value === 'object' && Object.keys(value).join() === 'count';

function ndjsonItems({ lines }: NdjsonBody): BulkItem[] {
  const last = lines.at(-1);
  const documents = isCount(last?.value) ? lines.slice(0, -1) : lines;
  if (last && isCount(last.value) && last.value.count !== documents.length) {
    const detail = `The count must be that of the documents before it: ${documents.length}.`;
    throw Problem.invalid([{ line: last.line, pointer: '/count', code: 'truncated', detail }]);
  }
  return documents.map(({ line, value, violation }, item) => ({ item, line, value, violation }));
}

function jsonItems(body: unknown): BulkItem[] {
  const { items, ...others } = (body ?? {}) as { items?: unknown };
  if (typeof body !== 'object' || Array.isArray(body) || !Array.isArray(items)) {
    throw Problem.invalid([
      { pointer: '/items', code: 'required', detail: 'The body must be {"items":[…]} or NDJSON.' },
    ]);
  }
  const unknown = Object.keys(others).map((member): Violation => ({
    pointer: pointerStep(member).slice(0, MAX_ECHO),
    code: 'unknown_field',
    detail: 'A bulk body has items alone.',
  }));
  if (unknown.length > 0) throw Problem.invalid(unknown);
  return items.map((value: unknown, item) => ({ item, value }));
}

/**
 * Answers `POST /{resource}/bulk`: 200 when everything was accepted, 207 when `atomic=false` left something out.
 *
 * @throws Problem 422 `bulk_refused` when an atomic request has a refused item; nothing was written then
 */
export async function answerBulk<Document extends object>(
  bulk: Bulk,
  store: BulkTarget<Document>,
  body: unknown,
  options: BulkOptions,
  author: Author,
): Promise<Representation> {
  const written = await bulk.write(store, readBulkItems(body), options, author);
  const counts = { created: 0, updated: 0, unchanged: 0, refused: 0 };
  for (const { result } of written) counts[result]++;
  const { results, unlisted } = listErrors(written, counts.refused);
  if (options.atomic && counts.refused > 0) {
    const refused = `${counts.refused} of ${results.length} items were refused; nothing was written.`;
    throw new Problem('bulk_refused', {
      detail: unlisted > 0 ? `${refused} At least ${unlisted} more errors are not listed.` : refused,
      errors: results.flatMap(({ errors = [] }) => errors),
    });
  }
  const summary = { ...counts, ...(unlisted > 0 && { unlisted_errors: unlisted }) };
  return Representation.of({ dry_run: options.dryRun, summary, results }, counts.refused > 0 ? 207 : 200);
}

/** The results with as many of their errors, each with its place, as an answer has room for. */
function listErrors(results: BulkResult[], refused: number): { results: BulkResult[]; unlisted: number } {
  let room = MAX_BULK_ERRORS - refused;
  let unlisted = 0;
  const listed = results.map(({ errors, ...result }): BulkResult => {
    if (!errors) return result;
    const shown = errors.slice(0, Math.min(MAX_ERRORS, room + 1));
    room -= shown.length - 1;
    unlisted += errors.length - shown.length;
    return { ...result, errors: shown.map((error) => placed(error, result.item, result.line)) };
  });
  return { results: listed, unlisted };
}

const placed = (error: Violation, item: number, line: number | undefined): Violation => ({
  item,
  ...(line !== undefined && { line }),
  ...error,
});
