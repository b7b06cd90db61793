import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { Author } from '../../identity/author';
import { Problem } from '../../problems/problem';
import { validate } from '../../validation/validate';
import { MAX_ERRORS } from '../../validation/violation';
import type { DocumentDefinition } from '../definition/document-definition';
import type { DocumentRow } from '../definition/document-rows';
import { lockReferences } from '../references/reference-locks';
import { type KnownDocuments, References } from '../references/references';
import { type LockedRow, RowLocks } from '../references/row-locks';
import type { DocumentLocks } from '../write/document-locks';
import { DocumentWriter } from '../write/document-writer';
import { respellReferences } from '../write/respell-references';
import { readState } from './bulk-items';
import { hasSpellings, refuseDependants, unknownReferences, withItemKeys } from './bulk-references';
import { type BulkItem, type BulkOptions, type BulkResult, type Candidate, refuse, violationsOf } from './bulk-result';

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
}

/** A changed row. */
interface Written {
  candidate: Candidate;
  id: string;
  /** The unresolved references of the document before the write. */
  unresolvedBefore: readonly string[];
}

/** The result of an accepted item; `row` unless nothing changed. */
type Outcome = Pick<BulkResult, 'version' | 'result'> & { row?: Omit<Written, 'candidate'> };

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
    for (const candidate of candidates) {
      const { item, line, key } = candidate;
      try {
        const { row, ...result } = await this.writeOne(run, candidate, prefetched);
        if (row) written.push({ candidate, ...row });
        if (row && result.result === 'created') {
          created.push({ key, id: row.id });
          prefetched.known.get(definition.resource)?.set(key.toLowerCase(), { key, id: row.id });
        }
        results.set(item, { item, line, key, ...result });
      } catch (error) {
        if (!(error instanceof Problem) || error.status >= 500) throw error;
        results.set(item, refuse(candidate, violationsOf(error)));
      }
    }
    await this.references.resolvePending(definition.resource, created);
    return this.checkUnresolved(run, written);
  }

  /** Reads rows and references of all items with a few statements instead of a few for each item. */
  private async prefetch(
    { definition, locks, options }: BulkRun,
    candidates: readonly Candidate[],
  ): Promise<Prefetched> {
    const keys = options.mode === 'upsert' ? candidates.map(({ key }) => key) : [];
    return {
      rows: await locks.readLocked(keys),
      unwritten: new Set(keys.map((key) => key.toLowerCase())),
      known: await this.references.lockTargets(
        definition,
        candidates.map(({ document }) => document),
      ),
    };
  }

  private async writeOne(run: BulkRun, candidate: Candidate, prefetched: Prefetched): Promise<Outcome> {
    const { definition, locks, options, author } = run;
    const { key, document, isDeleted, version: basedOn } = candidate;
    const { reason } = options;
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
    if (row) {
      const context = { author, change: 'updated', reason, lenient: true, basedOn, known } as const;
      const version = await this.writer.update(definition, row, next, context);
      if (version === row.version) return { result: 'unchanged', version };
      return { result: 'updated', version, row: { id: row.id, unresolvedBefore: row.unresolved_refs } };
    }
    const id = await this.writer.insert(definition, key, next, {
      author,
      change: 'created',
      reason,
      lenient: true,
      known,
    });
    // Another transaction has created the document since `lockIfExists`.
    if (id === undefined && options.mode === 'upsert') return this.writeOne(run, candidate, prefetched);
    if (id === undefined) throw await locks.keyConflict(key);
    return { result: 'created', version: 1, row: { id, unresolvedBefore: [] } };
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

/** Items with one key stay in the order of the request. */
const byKey = (a: Candidate, b: Candidate): number => {
  const [one, other] = [a.key.toLowerCase(), b.key.toLowerCase()];
  return one < other ? -1 : one > other ? 1 : 0;
};
