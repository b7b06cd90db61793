import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { serializationFailure } from '../../database/database-errors';
import type { Author } from '../../identity/author';
import { Problem } from '../../problems/problem';
import { validate } from '../../validation/validate';
import { MAX_ERRORS } from '../../validation/violation';
import type { DocumentDefinition } from '../definition/document-definition';
import type { DocumentRow } from '../definition/document-rows';
import { ReferenceGraph } from '../references/reference-graph';
import { keysIn } from '../references/reference-keys';
import { lockReferences } from '../references/reference-locks';
import { type KnownDocuments, References } from '../references/references';
import { type LockedRow, RowLocks } from '../references/row-locks';
import type { DocumentLocks } from '../write/document-locks';
import { DocumentWriter, type NewRow } from '../write/document-writer';
import { respellReferences } from '../write/respell-references';
import { readState } from './bulk-items';
import { hasSpellings, refuseDependants, unknownReferences, withItemKeys } from './bulk-references';
import { type BulkItem, type BulkOptions, type BulkResult, type Candidate, refuse, violationsOf } from './bulk-result';
import { InsertQueue } from './insert-queue';

/** The part of a document store that a bulk write uses. */
interface BulkTarget {
  readonly definition: DocumentDefinition;
  readonly locks: DocumentLocks;
}

/** Violations after which validation stops at the first of each item: far more than a response lists. */
const MAX_VIOLATIONS = 5000;

/** A bulk write in progress. */
interface BulkRun extends BulkTarget {
  readonly options: BulkOptions;
  readonly author: Author;
  /** The results by the index of the item. */
  readonly results: Map<number, BulkResult>;
  /** The number of violations found by validation so far. */
  violations: number;
}

/** What one attempt to write all items has read before its first write. */
interface Prefetched {
  /** The locked rows of the items by key in lower case. The first write of a key takes its row out. */
  readonly rows: Map<string, DocumentRow>;
  /** The keys whose first write takes its row from `rows`, if there is one. */
  readonly unwritten: Set<string>;
  /** What the items refer to. */
  readonly known: KnownDocuments;
  /** The keys, in lower case, that an item or another document refers to by an acyclic reference. */
  readonly referenced: ReadonlySet<string>;
  /** New documents that are not inserted yet. */
  readonly queue: InsertQueue;
}

/** A changed row. */
interface Written {
  candidate: Candidate;
  id: string;
  /** The unresolved references of the document before the write. */
  unresolvedBefore: readonly string[];
}

/** The result of an accepted item; `row` unless nothing changed; `insert` for a new document. */
type Outcome = Pick<BulkResult, 'version' | 'result'> & { row?: Omit<Written, 'candidate'>; insert?: NewRow };

/**
 * Writes many documents of one resource in one transaction, in key order: two requests for the same documents then wait
 * for each other in the same order and cannot deadlock. Items may refer to items that follow them.
 */
@Injectable()
export class Bulk {
  constructor(
    readonly database: Database,
    readonly writer: DocumentWriter,
    readonly references: References,
    private readonly graph: ReferenceGraph,
    private readonly rowLocks: RowLocks,
  ) {}

  /**
   * @returns one result per item, in order. With `atomic` and a refused item, nothing was written.
   */
  async write(
    { definition, locks }: BulkTarget,
    items: readonly BulkItem[],
    options: BulkOptions,
    author: Author,
  ): Promise<BulkResult[]> {
    return this.database.transaction(async () => {
      const results = new Map<number, BulkResult>();
      const run: BulkRun = { definition, locks, options, author, results, violations: 0 };
      const given = items.flatMap((item) => this.validate(run, item)).sort(byKey);
      const pending = await this.lock(definition, given, options);
      let isFinal: boolean;
      do isFinal = await this.attempt(run, given, pending);
      while (!isFinal && !options.atomic);
      return [...results.values()].sort((a, b) => a.item - b.item);
    });
  }

  /**
   * Takes every lock that a bulk write of the documents takes before its first write.
   *
   * @returns the locked rows
   */
  async lock(
    definition: DocumentDefinition,
    documents: readonly Pick<Candidate, 'key' | 'document'>[],
    { lenient, dryRun, mode }: Pick<BulkOptions, 'lenient' | 'dryRun' | 'mode'>,
  ): Promise<LockedRow[]> {
    await lockReferences(this.database, definition, {
      inputs: documents.map(({ document }) => document),
      creates: true,
      // A dry run creates no unresolved references.
      lenient: lenient && !dryRun,
    });
    const keys = documents.map(({ key }) => key);
    return this.rowLocks.lockForWrites(definition, keys, mode === 'upsert');
  }

  /** Validates an item; a violation adds a refusal to the results. */
  private validate(run: BulkRun, item: BulkItem): Candidate[] {
    const { definition, results } = run;
    const { value, violations } = item.violation
      ? { value: undefined, violations: [item.violation] }
      : validate(definition.schema, item.value, run.violations < MAX_VIOLATIONS);
    run.violations += violations.length;
    const { version, isDeleted, violations: ofState } = readState(item.value);
    violations.push(...ofState);
    const given = (item.value as Record<string, unknown> | undefined)?.[definition.keyMember];
    if (violations.length > 0 || value === undefined) {
      const key = typeof given === 'string' ? given.slice(0, 128) : undefined;
      results.set(item.item, refuse({ ...item, key }, violations.slice(0, MAX_ERRORS)));
      return [];
    }
    const key = typeof given === 'string' ? given : `${definition.singular}-${randomUUID()}`;
    return [{ ...item, key, document: { ...value, [definition.keyMember]: key }, version, isDeleted }];
  }

  /**
   * Writes the items that are not refused, or rolls all of them back.
   *
   * @returns false if an item was refused that had an effect on others: without it, the result can be another
   */
  private async attempt(run: BulkRun, given: Candidate[], pending: readonly LockedRow[]): Promise<boolean> {
    const { definition, options, author, results } = run;
    const isRefused = ({ item }: Candidate) => results.get(item)?.result === 'refused';
    const left = given.filter((candidate) => !isRefused(candidate));
    const candidates = withItemKeys(definition, left);
    const keys = candidates.filter(({ isDeleted }) => !isDeleted).map(({ key }) => key);
    let undone = 0;
    let isFinal = true;
    await this.database.rollbackUnless(async () => {
      await respellReferences(this, definition, keys, pending, author);
      undone = await this.writeAll(run, candidates);
      isFinal = undone === 0 && !hasSpellings(definition, left.filter(isRefused), left, pending);
      const refused = [...results.values()].some(({ result }) => result === 'refused');
      return isFinal && !options.dryRun && !(options.atomic && refused);
    });
    // Refusing an item can break references of other items.
    if (undone > 0) await refuseDependants(this.database, run, candidates);
    return isFinal;
  }

  /**
   * Writes the candidates.
   *
   * @returns how many were refused for their references after being written; then all writes must be rolled back
   */
  private async writeAll(run: BulkRun, candidates: readonly Candidate[]): Promise<number> {
    const { results, definition } = run;
    const written: Written[] = [];
    const created: { key: string; id: string }[] = [];
    const prefetched = await this.prefetch(run, candidates);
    const { known, queue } = prefetched;
    const add = (candidate: Candidate, { row, ...result }: Outcome) => {
      const { item, line, key } = candidate;
      if (row) written.push({ candidate, ...row });
      if (row && result.result === 'created') {
        created.push({ key, id: row.id });
        known.get(definition.resource)?.set(key.toLowerCase(), { key, id: row.id });
      }
      results.set(item, { item, line, key, ...result });
    };
    const flush = async () => {
      const inserts = queue.take();
      if (inserts.length === 0) return;
      const rows = inserts.map(({ row }) => row);
      const ids = await this.writer.insertAll(definition, rows, contextOf(run, 'created'));
      for (const { candidate, row } of inserts) {
        const id = ids.get(row.key);
        if (id === undefined) throw serializationFailure(`Another transaction has created ${row.key}.`);
        add(candidate, { result: 'created', version: 1, row: { id, unresolvedBefore: [] } });
      }
    };
    for (const candidate of candidates) {
      const { key } = candidate;
      try {
        if (dependsOnQueue(definition, candidate, prefetched)) await flush();
        const { insert, ...outcome } = await this.writeOne(run, candidate, prefetched);
        if (!insert) add(candidate, outcome);
        else {
          // Later items may refer to it.
          known.get(definition.resource)?.set(key.toLowerCase(), { key, id: '' });
          if (queue.add({ candidate, row: insert })) await flush();
        }
      } catch (error) {
        if (!(error instanceof Problem) || error.status >= 500) throw error;
        results.set(candidate.item, refuse(candidate, violationsOf(error)));
      }
    }
    await flush();
    await this.references.resolvePending(definition.resource, created);
    return this.checkUnresolved(run, written);
  }

  /** Reads rows and references of all items with a few statements instead of a few for each item. */
  private async prefetch({ definition, locks }: BulkRun, candidates: readonly Candidate[]): Promise<Prefetched> {
    const keys = candidates.map(({ key }) => key);
    const { resource, references = [] } = definition;
    // One by one where the id of a new document belongs into a column of a later one.
    const isTree = references.some(({ to, column }) => to === resource && column !== undefined);
    return {
      queue: new InsertQueue(isTree ? 1 : undefined),
      referenced: await this.graph.findReferenced(definition, candidates),
      rows: await locks.readLocked(keys),
      unwritten: new Set(keys.map((key) => key.toLowerCase())),
      known: await this.references.lockTargets(
        definition,
        candidates.map(({ document }) => document),
      ),
    };
  }

  private async writeOne(run: BulkRun, candidate: Candidate, prefetched: Prefetched): Promise<Outcome> {
    const { definition, locks, options } = run;
    const { key, document, isDeleted, version: basedOn } = candidate;
    const { known, rows, unwritten } = prefetched;
    const lookUp = () => (unwritten.delete(key.toLowerCase()) ? rows.get(key.toLowerCase()) : locks.lockIfExists(key));
    const row = options.mode === 'upsert' || isDeleted ? await lookUp() : undefined;
    if (isDeleted) {
      // A deleted document of an export stays deleted, or absent; it does not delete a live one.
      if (!row || row.deleted) return { result: 'unchanged', ...(row && { version: row.version }) };
      const detail = 'The document is live. Remove deleted_at to write it; DELETE deletes it.';
      throw Problem.invalid([{ pointer: '/deleted_at', code: 'deleted_line', detail }]);
    }
    if (row?.deleted) throw await locks.keyConflict(key);
    const status = row ? row.status : definition.initialStatus;
    const next = { ...(status !== undefined && { status }), ...document, [definition.keyMember]: row?.key ?? key };
    const isUnreferenced = !mayCloseCycle(definition, candidate, prefetched);
    if (row) {
      const context = { ...contextOf(run, 'updated'), basedOn, known, isUnreferenced };
      const version = await this.writer.update(definition, row, next, context);
      if (version === row.version) return { result: 'unchanged', version };
      return { result: 'updated', version, row: { id: row.id, unresolvedBefore: row.unresolved_refs } };
    }
    const context = { ...contextOf(run, 'created'), known, isUnreferenced };
    const insert = await this.writer.prepareInsert(definition, key, next, context);
    if (options.mode === 'create' && (await lookUp())) throw await locks.keyConflict(key);
    return { result: 'created', insert };
  }

  /** Checks unresolved references after all items were written. @returns the number of refused items */
  private async checkUnresolved(
    { definition, options, results }: BulkRun,
    written: readonly Written[],
  ): Promise<number> {
    const rows = await this.database.query<{ id: string; unresolved_refs: string[] }>(
      `SELECT id, unresolved_refs FROM ${definition.resource} WHERE id = ANY($1::bigint[]) AND unresolved_refs <> '{}'`,
      [written.map(({ id }) => id)],
    );
    const unresolved = new Map(rows.map(({ id, unresolved_refs }) => [id, unresolved_refs]));
    let refused = 0;
    for (const { id, unresolvedBefore, candidate } of written) {
      const left = unresolved.get(id) ?? [];
      const fresh = options.lenient ? [] : left.filter((reference) => !unresolvedBefore.includes(reference));
      const result = results.get(candidate.item);
      if (fresh.length > 0) {
        results.set(candidate.item, refuse(candidate, unknownReferences(definition, candidate, fresh)));
        refused++;
      } else if (result && left.length > 0) result.unresolved_refs = left;
    }
    return refused;
  }
}

const contextOf = ({ author, options: { reason } }: BulkRun, change: 'created' | 'updated') =>
  ({ author, change, reason, lenient: true }) as const;

/** Whether the queue must be inserted before a document is checked. */
function dependsOnQueue(definition: DocumentDefinition, candidate: Candidate, prefetched: Prefetched): boolean {
  const key = candidate.key.toLowerCase();
  const { queue, rows, unwritten } = prefetched;
  if (!unwritten.has(key) || mayCloseCycle(definition, candidate, prefetched)) return true;
  if (!definition.storedRules) return false;
  // The rules compare documents that have different statuses.
  const status = candidate.document['status'] ?? rows.get(key)?.status ?? definition.initialStatus;
  return status !== definition.initialStatus && queue.hasOtherStatus(status, definition.initialStatus);
}

/** Whether the document can be part of a cycle: it has acyclic references, and another document refers to it. */
function mayCloseCycle(
  { references = [] }: DocumentDefinition,
  { key, document }: Candidate,
  { referenced }: Prefetched,
): boolean {
  return references.some(
    (reference) =>
      reference.acyclic &&
      (reference.maxDepth !== undefined ||
        (referenced.has(key.toLowerCase()) && keysIn(reference, document).length > 0)),
  );
}

/** Items with one key stay in the order of the request. */
const byKey = (a: Candidate, b: Candidate): number => {
  const [one, other] = [a.key.toLowerCase(), b.key.toLowerCase()];
  return one < other ? -1 : one > other ? 1 : 0;
};
