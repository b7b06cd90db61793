import { MetricDto } from '../../../metrics/dto/metric.dto';
import { validate } from '../../../validation/validate';
import { type JsonObject, isObject } from '../../files/catalogue-entry';
import type { Loss } from './metric-document';
import { objectOf } from '../project/values';

/** As `MAX_BYTES` of a stored document. */
const MAX_BYTES = 65_536;
/** Room for the members that the service adds. */
const RESERVE = 1024;
const MAX_EXTRA = 32_768;

/**
 * Makes a document valid: a value that its member does not accept moves to `extra.dbt.rejected`, under its pointer, and
 * is reported as a loss of the member. The largest members of `extra.dbt` are left out where they are too large.
 * @returns undefined if the key is not valid; then there is no document
 */
export function fitDocument(document: JsonObject, losses: Loss[]): JsonObject | undefined {
  let fitted = document;
  // Each round moves all values that the validator reports, at most 100.
  for (let round = 0; round < 20; round++) {
    const { violations } = validate(MetricDto, fitted, false);
    if (violations.length === 0) return fitted;
    const long = Object.keys(MAX_ITEMS).filter((pointer) => isTooLong(fitted, pointer));
    const reported = validate(MetricDto, fitted).violations.map(({ pointer = '' }) => movable(fitted, pointer));
    // Lists are shortened first: of a document with many values the validator reports one violation only.
    const pointers = long.length > 0 ? long : [...new Set(reported)];
    if (pointers.includes('/metric_id')) return undefined;
    fitted = withoutValues(fitted, pointers, losses);
  }
  losses.push({ name: 'document', detail: 'The metric has too many values that are not valid. Only its key is kept.' });
  return { metric_id: fitted['metric_id'], name: fitted['metric_id'] };
}

function isTooLong(document: JsonObject, pointer: string): boolean {
  const [, member = '', inner] = pointer.split('/');
  const list = inner === undefined ? document[member] : objectOf(document[member])[inner];
  return Array.isArray(list) && list.length > (MAX_ITEMS[pointer] ?? Infinity);
}

/** The pointer of the value to move for a violation: an item of a list as a whole, the rest of a list that is too long. */
function movable(document: JsonObject, pointer: string): string {
  const [, member = '', inner = '', ...deeper] = pointer.split('/');
  if (inner === '') return `/${member}`;
  const value = document[member];
  if (Array.isArray(value)) return `/${member}/${inner}`;
  const list = objectOf(value)[inner];
  return Array.isArray(list) && deeper[0] !== undefined ? `/${member}/${inner}/${deeper[0]}` : `/${member}/${inner}`;
}

function withoutValues(document: JsonObject, pointers: readonly string[], losses: Loss[]): JsonObject {
  const copy = structuredClone(document);
  const rejected: JsonObject = {};
  for (const pointer of pointers) {
    const steps = pointer.split('/').slice(1);
    const last = steps.pop() ?? '';
    const parent = steps.reduce<unknown>(
      (value, step) => (value as JsonObject | undefined)?.[step],
      copy,
    ) as JsonObject;
    if (pointer === '/extra') {
      limitExtra(copy, MAX_EXTRA, losses);
      continue;
    }
    const value = parent[last];
    const limit = MAX_ITEMS[pointer];
    // A list can only be too long or have equal items: the items of lists have pointers of their own.
    const kept = Array.isArray(value) && limit !== undefined ? [...new Set(value)].slice(0, limit) : undefined;
    rejected[pointer] = kept ? (value as unknown[]).slice(kept.length) : value;
    parent[last] = kept;
    losses.push({ name: pointer.replace(/\/\d+$/, '').slice(1), detail: `The value of ${pointer} is not valid here.` });
  }
  const name = copy['name'] ?? copy['metric_id'];
  const extra = objectOf(copy['extra']);
  const dbt = objectOf(extra['dbt']);
  const moved = { ...objectOf(dbt['rejected']), ...rejected };
  const kept = Object.keys(moved).length > 0 ? { ...dbt, rejected: moved } : dbt;
  return removeUndefined({ ...copy, name, extra: { ...extra, dbt: kept } });
}

/** Lists of which the first items are kept where there are more. */
const MAX_ITEMS: Readonly<Record<string, number>> = {
  '/synonyms': 50,
  '/tags': 50,
  '/dimensions': 100,
  '/depends_on': 100,
  '/related': 100,
  '/links': 50,
  '/data/sources': 50,
};

/** Removes the members and items without a value, and the objects and lists that have none left. */
function removeUndefined(value: JsonObject): JsonObject {
  const members = Object.entries(value).flatMap(([name, member]) => {
    const kept =
      name === 'extra'
        ? member
        : isObject(member)
          ? removeUndefined(member)
          : Array.isArray(member)
            ? filled(member)
            : member;
    const isEmpty = kept === undefined || (typeof kept === 'object' && kept !== null && Object.keys(kept).length === 0);
    return isEmpty ? [] : [[name, kept] as const];
  });
  return Object.fromEntries(members);
}

const filled = (items: readonly unknown[]) => items.filter((item) => item !== undefined);

/**
 * Leaves out the largest members of a document that is too large to be stored.
 * @returns the document and its JSON
 */
export function limitSize(document: JsonObject, losses: Loss[]): { document: JsonObject; json: string } {
  const json = JSON.stringify(document);
  const size = Buffer.byteLength(json);
  if (size <= MAX_BYTES - RESERVE) return { document, json };
  const copy = structuredClone(document);
  limitExtra(copy, Math.max(0, sizeOf(copy['extra']) - (size - MAX_BYTES + RESERVE)), losses);
  const limited = sizeOf(copy) <= MAX_BYTES - RESERVE ? copy : withoutLargest(copy, losses);
  return { document: limited, json: JSON.stringify(limited) };
}

/** Leaves out whole members, the largest first, until the document can be stored. */
function withoutLargest(document: JsonObject, losses: Loss[]): JsonObject {
  const optional = Object.keys(document)
    .filter((name) => name !== 'metric_id' && name !== 'name')
    .sort((a, b) => sizeOf(document[b]) - sizeOf(document[a]));
  for (const name of optional) {
    if (sizeOf(document) <= MAX_BYTES - RESERVE) break;
    delete document[name];
    losses.push({ name, detail: `The document would be larger than ${MAX_BYTES} bytes.` });
  }
  return document;
}

/** Leaves out the largest members of `extra.dbt` until `extra` has at most `limit` bytes. */
function limitExtra(document: JsonObject, limit: number, losses: Loss[]): void {
  const extra = objectOf(document['extra']);
  const dbt = objectOf(extra['dbt']);
  const members = Object.keys(dbt).sort((a, b) => sizeOf(dbt[b]) - sizeOf(dbt[a]));
  for (const name of members) {
    if (sizeOf(extra) <= limit) return;
    delete dbt[name];
    losses.push({ name, detail: `The member ${name} does not fit into extra, which has at most ${limit} bytes.` });
  }
  if (!isObject(document['extra']) || sizeOf(extra) > limit) delete document['extra'];
}

const sizeOf = (value: unknown): number => (value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value)));
