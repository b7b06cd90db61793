import type { Database } from '../../database/database';
import type { Violation } from '../../validation/violation';
import type { DocumentDefinition } from '../definition/document-definition';
import { keysIn, withSpelling } from '../references/reference-keys';
import type { LockedRow } from '../references/row-locks';
import { type BulkResult, type Candidate, refuse } from './bulk-result';

/** The part of a bulk write in progress that concerns references. */
interface Run {
  readonly definition: DocumentDefinition;
  /** The results by the index of the item. */
  readonly results: Map<number, BulkResult>;
}

/** Items may refer to each other in any case: their references get the spelling of the keys of the items. */
export function withItemKeys({ resource, references = [] }: DocumentDefinition, candidates: Candidate[]): Candidate[] {
  const keys = new Map(candidates.map(({ key }) => [key.toLowerCase(), key]));
  const spell = (key: string) => keys.get(key.toLowerCase()) ?? key;
  const inner = references.filter(({ to }) => to === resource);
  return candidates.map((candidate) => ({
    ...candidate,
    document: inner.reduce((document, reference) => withSpelling(reference, document, spell), candidate.document),
  }));
}

/**
 * Whether references to refused items have got their spelling, of the candidates or of documents that wait for them. A
 * refused item must leave no trace.
 */
export function hasSpellings(
  { resource, references = [] }: DocumentDefinition,
  refused: readonly Candidate[],
  candidates: readonly Candidate[],
  waiting: readonly LockedRow[],
): boolean {
  const spelled = new Map(refused.map(({ key }) => [`${resource}/${key}`.toLowerCase(), `${resource}/${key}`]));
  const inner = references.filter(({ to }) => to === resource);
  const paths = candidates.flatMap(({ document }) =>
    inner.flatMap((reference) => keysIn(reference, document).map(({ key }) => `${resource}/${key}`)),
  );
  return [...paths, ...waiting.flatMap(({ unresolved_refs }) => unresolved_refs)].some(
    (path) => (spelled.get(path.toLowerCase()) ?? path) !== path,
  );
}

/** Refuses the items that refer, directly or through others, to a refused item whose document does not exist. */
export async function refuseDependants(
  database: Database,
  { definition, results }: Run,
  candidates: readonly Candidate[],
): Promise<void> {
  const { resource, references = [] } = definition;
  const isRefused = ({ item }: Candidate) => results.get(item)?.result === 'refused';
  const keys = candidates.filter(isRefused).map(({ key }) => key);
  const live = await database.query<{ key: string }>(
    `SELECT key FROM ${resource} WHERE lower(key) = ANY(SELECT lower(unnest($1::text[]))) AND deleted_at IS NULL`,
    [keys],
  );
  const existing = new Set(live.map(({ key }) => key.toLowerCase()));
  const inner = references.filter(({ to }) => to === resource);
  const referringTo = new Map<string, Candidate[]>();
  for (const candidate of candidates.filter((one) => !isRefused(one))) {
    for (const { key } of inner.flatMap((reference) => keysIn(reference, candidate.document)))
      referringTo.set(key, [...(referringTo.get(key) ?? []), candidate]);
  }
  const missing = keys.filter((key) => !existing.has(key.toLowerCase()));
  for (let key = missing.pop(); key !== undefined; key = missing.pop()) {
    for (const candidate of referringTo.get(key) ?? []) {
      if (isRefused(candidate)) continue;
      results.set(candidate.item, refuse(candidate, unknownReferences(definition, candidate, [`${resource}/${key}`])));
      missing.push(candidate.key);
    }
  }
}

/** The violations of a document whose references are unresolved. */
export const unknownReferences = (
  { references = [] }: DocumentDefinition,
  { document }: Candidate,
  unresolved: readonly string[],
): Violation[] =>
  references.flatMap((reference) =>
    keysIn(reference, document)
      .filter(({ key }) => unresolved.includes(`${reference.to}/${key}`))
      .map(({ key, pointer }): Violation => ({
        pointer,
        code: 'unknown_reference',
        detail: `There is no live document “${reference.to}/${key}”.`,
      })),
  );
