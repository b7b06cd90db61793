import { type DocumentRow, toDocument } from '../../documents/definition/document-rows';
import type { DocumentStore } from '../../documents/document-store';
import { Problem } from '../../problems/problem';
import type { JsonObject } from '../files/catalogue-entry';
import type { RemovedDocument } from './import-report';
import type { ImportSettings } from './import-options';
import { BATCH, type ImportServices } from './import-writer';
import { flag, isFlagged } from './removed-flag';

/**
 * Handles the live documents that a source had and no longer has, by the `prune` option. Must run in a transaction.
 *
 * @returns one entry for each
 */
export async function prune(
  services: ImportServices,
  stores: readonly DocumentStore<object>[],
  settings: ImportSettings,
): Promise<RemovedDocument[]> {
  const { source, startedAt } = settings;
  if (!source) return [];
  const unseen = await services.sourceDocuments.findUnseen(source.key, startedAt);
  const removed: RemovedDocument[] = [];
  for (const store of stores) {
    const keys = unseen.filter(({ resource }) => resource === store.definition.resource).map(({ key }) => key);
    for (let start = 0; start < keys.length; start += BATCH)
      removed.push(...(await pruneBatch(services, store, settings, keys.slice(start, start + BATCH))));
  }
  return removed;
}

async function pruneBatch(
  services: ImportServices,
  store: DocumentStore<object>,
  settings: ImportSettings,
  keys: readonly string[],
): Promise<RemovedDocument[]> {
  const { definition } = store;
  const { resource } = definition;
  if (settings.prune !== 'report')
    await services.bulk.lock(
      definition,
      keys.map((key) => ({ key, document: {} })),
      BULK,
    );
  const rows = [...(await store.locks.readLocked(keys)).values()].filter(({ deleted }) => !deleted);
  const removed: RemovedDocument[] = [];
  const marked: DocumentRow[] = [];
  for (const row of rows) {
    const at = { resource, key: row.key };
    if (settings.prune === 'report') removed.push({ ...at, action: 'reported' });
    else if (settings.prune === 'deprecate' && !canDeprecate(resource, row))
      removed.push({ ...at, action: 'left', detail: leftBecause(resource, row) });
    else marked.push(row);
  }
  const failures = await mark(services, store, settings, marked);
  for (const row of marked) {
    const detail = failures.get(row.key) ?? (await deprecate(services, settings, row));
    const action = settings.prune === 'flag' ? ('flagged' as const) : ('deprecated' as const);
    removed.push({ resource, key: row.key, action: detail === undefined ? action : 'left', ...(detail && { detail }) });
  }
  return removed.sort((a, b) => (a.key < b.key ? -1 : 1));
}

const BULK = { mode: 'upsert', lenient: true, dryRun: false } as const;

/** Only metrics have transitions. One that is deprecated already is marked. */
const canDeprecate = (resource: string, { status }: DocumentRow) =>
  resource === 'metrics' && (status === 'active' || status === 'deprecated');

const leftBecause = (resource: string, { status }: DocumentRow) =>
  resource === 'metrics' ? `The status is ${status ?? ''}.` : `Only metrics are deprecated.`;

/** Marks documents as removed, in `extra`. @returns why some could not be marked, by key */
async function mark(
  { bulk }: ImportServices,
  store: DocumentStore<object>,
  { source, startedAt, reason, author }: ImportSettings,
  rows: readonly DocumentRow[],
): Promise<Map<string, string>> {
  const key = source?.key ?? '';
  const documents = rows.map((row) => toDocument(store.definition, row) as JsonObject);
  const items = documents
    .filter((document) => !isFlagged(document, key))
    .map((document, item) => ({ item, value: flag(document, key, startedAt) }));
  if (items.length === 0) return new Map();
  const results = await bulk.write(store, items, { ...BULK, atomic: false, reason }, author);
  return new Map(
    results.flatMap(({ key: refused = '', errors = [] }) => errors.map(({ detail }) => [refused, detail] as const)),
  );
}

/** Deprecates an active metric. @returns why it cannot be */
async function deprecate(
  { lifecycle }: ImportServices,
  { prune: action, reason = 'import', author }: ImportSettings,
  { key, status }: DocumentRow,
): Promise<string | undefined> {
  if (action !== 'deprecate' || status !== 'active') return undefined;
  try {
    await lifecycle.moveTo(key, status, 'deprecated', `${reason}: no longer in the source`, author);
    return undefined;
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error;
    return error.message;
  }
}
