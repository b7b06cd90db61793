import { BULK_ROUTE } from '../../body/media-types';
import { NdjsonBody, tooManyItems } from '../../body/ndjson-body';
import { Problem } from '../../problems/problem';
import { MAX_ECHO, pointerStep, type Violation } from '../../validation/violation';
import type { BulkItem } from './bulk-result';

const { maxItems } = BULK_ROUTE.bulk;

/**
 * Reads the items of an NDJSON body or of `{"items":[…]}`. Only the export of an empty resource has no items.
 *
 * @throws Problem 400 `malformed_json`; 422 for another shape, no items, more than 1,000 or a wrong `count`
 */
export function readBulkItems(body: unknown): BulkItem[] {
  if (body === undefined) throw new Problem('malformed_json', { detail: 'The request has no body.' });
  const isNdjson = body instanceof NdjsonBody;
  const items = isNdjson ? ndjsonItems(body) : jsonItems(body);
  if (items.length === 0 && !(isNdjson && body.lines.length > 0))
    throw Problem.invalid([{ pointer: '/items', code: 'too_short', detail: 'There must be at least one item.' }]);
  if (items.length > maxItems) throw tooManyItems(maxItems);
  return items;
}

/** The last line of an export is `{"count":503}`: an export can be sent as a bulk request unchanged. */
const isCount = (value: unknown): value is { count: unknown } =>
  value !== null && typeof value === 'object' && Object.keys(value).join() === 'count';

function ndjsonItems({ lines }: NdjsonBody): BulkItem[] {
  const last = lines.at(-1);
  const documents = isCount(last?.value) ? lines.slice(0, -1) : lines;
  if (last && isCount(last.value) && last.value.count !== documents.length) {
    const detail = `The count must equal the number of documents before it: ${documents.length}.`;
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
    detail: 'A bulk body has only the member items.',
  }));
  if (unknown.length > 0) throw Problem.invalid(unknown);
  return items.map((value: unknown, item) => ({ item, value }));
}

/**
 * Reads the members `version` and `deleted_at` that a document of an export has. The schema drops them as read-only,
 * but in a bulk request they prevent lost updates: an older version overwrites nothing, and a deleted document stays
 * deleted.
 */
export function readState(value: unknown): { version?: number; isDeleted: boolean; violations: Violation[] } {
  const { version, deleted_at } = (value ?? {}) as { version?: unknown; deleted_at?: unknown };
  const violations: Violation[] = [];
  const wrong = (member: string, type: string) =>
    violations.push({ pointer: `/${member}`, code: 'invalid_type', detail: `The value must be ${type}.` });
  if (version !== undefined && !Number.isSafeInteger(version)) wrong('version', 'an integer');
  if (deleted_at !== undefined && deleted_at !== null && typeof deleted_at !== 'string')
    wrong('deleted_at', 'a timestamp');
  const isDeleted = typeof deleted_at === 'string';
  return { ...(typeof version === 'number' && { version }), isDeleted, violations };
}
