import type { Author } from '../http/author';
import { NdjsonBody } from '../http/body';
import { Representation } from '../http/representation';
import { readParameters, refuseParameters } from '../pagination/paging';
import { Problem } from '../problems/problem';
import { MAX_ECHO, type Violation } from '../problems/violation';
import type { Bulk, BulkItem, BulkOptions, BulkResult, BulkTarget } from './bulk';

const MAX_ITEMS = 1000;

/** The query parameters of a bulk request, with their values; the first is the default. */
export const BULK_PARAMETERS = {
  mode: ['create', 'upsert'],
  atomic: ['true', 'false'],
  dry_run: ['false', 'true'],
  refs: ['strict', 'lenient'],
} as const;

/** @throws Problem 400 `invalid_parameter` */
export function readBulkOptions(query: Record<string, unknown>): BulkOptions {
  const violations: Violation[] = [];
  const parameters = readParameters(query, Object.keys(BULK_PARAMETERS), violations);
  const choice = <Name extends keyof typeof BULK_PARAMETERS>(
    parameter: Name,
  ): (typeof BULK_PARAMETERS)[Name][number] => {
    const values: readonly string[] = BULK_PARAMETERS[parameter];
    const value = parameters[parameter] ?? values[0] ?? '';
    if (!values.includes(value))
      violations.push({ parameter, code: 'invalid_value', detail: `${parameter} is one of ${values.join(', ')}.` });
    return value as (typeof BULK_PARAMETERS)[Name][number];
  };
  const options: BulkOptions = {
    mode: choice('mode'),
    atomic: choice('atomic') === 'true',
    dryRun: choice('dry_run') === 'true',
    lenient: choice('refs') === 'lenient',
  };
  refuseParameters(violations);
  return options;
}

/**
 * The items of an NDJSON body or of `{"items":[…]}`.
 *
 * @throws Problem 400 `malformed_json`, 422 for another shape or more than 1,000 items
 */
export function readBulkItems(body: unknown): BulkItem[] {
  if (body === undefined) throw new Problem('malformed_json', { detail: 'The request has no body.' });
  const items = body instanceof NdjsonBody ? ndjsonItems(body) : jsonItems(body);
  if (items.length === 0)
    throw Problem.invalid([{ pointer: '/items', code: 'too_short', detail: 'There are no items.' }]);
  if (items.length > MAX_ITEMS)
    throw Problem.invalid([
      { pointer: '/items', code: 'too_long', detail: `There may be ${MAX_ITEMS} items, not ${items.length}.` },
    ]);
  return items;
}

/** The last line of an export, `{"count":503}`, is no document: what was exported can be sent back as it is. */
const isCount = (value: unknown) =>
  value !== null && typeof value === 'object' && Object.keys(value).join() === 'count';

function ndjsonItems({ lines }: NdjsonBody): BulkItem[] {
  const documents = isCount(lines.at(-1)?.value) ? lines.slice(0, -1) : lines;
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
    pointer: `/${member}`.slice(0, MAX_ECHO),
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
  query: Record<string, unknown>,
  author: Author,
): Promise<Representation> {
  const options = readBulkOptions(query);
  const results = await bulk.write(store, readBulkItems(body), options, author);
  const summary = { created: 0, updated: 0, unchanged: 0, refused: 0 };
  for (const { result } of results) summary[result]++;
  if (options.atomic && summary.refused > 0) {
    const errors = results.flatMap(({ item, line, errors = [] }) => errors.map((error) => placed(error, item, line)));
    throw new Problem('bulk_refused', {
      detail: `${summary.refused} of ${results.length} items were refused; nothing was written.`,
      errors: errors.slice(0, 1000),
    });
  }
  const shown = results.map((result): BulkResult =>
    result.errors
      ? { ...result, errors: result.errors.map((error) => placed(error, result.item, result.line)) }
      : result,
  );
  return Representation.of({ dry_run: options.dryRun, summary, results: shown }, summary.refused > 0 ? 207 : 200);
}

const placed = (error: Violation, item: number, line: number | undefined): Violation => ({
  item,
  ...(line !== undefined && { line }),
  ...error,
});
