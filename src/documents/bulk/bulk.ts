import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { Author } from '../../identity/author';
import { Problem } from '../../problems/problem';
import { validate } from '../../validation/validate';
import { MAX_ERRORS, type Violation } from '../../validation/violation';
import type { DocumentDefinition } from '../definition/document-definition';
import { ReferenceLocks } from '../references/reference-locks';
import { keysIn } from '../references/references';
import type { DocumentLocks } from '../write/document-locks';
import { DocumentWriter } from '../write/document-writer';
import {
  type BulkItem,
  type BulkOptions,
  type BulkResult,
  type Candidate,
  positionOf,
  refusal,
  violationsOf,
} from './bulk-result';

/** The part of a document store that a bulk write uses. */
export interface BulkTarget<Document extends object> {
  readonly definition: DocumentDefinition<Document>;
  readonly locks: DocumentLocks;
}

/** A candidate whose row was written. */
interface Written<Document> {
  candidate: Candidate<Document>;
  id: string;
  /** The unresolved references of the document before the write. */
  unresolvedBefore: readonly string[];
}

/** Writes many documents of one resource in one transaction, in order. Items may refer to items that follow them. */
@Injectable()
export class Bulk {
  constructor(
    private readonly database: Database,
    private readonly writer: DocumentWriter,
    private readonly locks: ReferenceLocks,
  ) {}

  /**
   * @returns one result per item, in order. With `atomic` and a refused item, nothing was written.
   */
  async write<Document extends object>(
    store: BulkTarget<Document>,
    items: readonly BulkItem[],
    options: BulkOptions,
    author: Author,
  ): Promise<BulkResult[]> {
    return this.database.transaction(async () => {
      const results = new Map<number, BulkResult>();
      const candidates = items.flatMap((item) => this.candidate(store, item, results));
      await this.locks.take(store.definition, {
        inputs: candidates.map(({ document }) => document as Record<string, unknown>),
        creates: true,
        // A dry run creates no unresolved references.
        lenient: options.lenient && !options.dryRun,
      });
      let undone: number;
      do {
        const left = candidates.filter(({ item }) => results.get(item)?.result !== 'refused');
        undone = 0;
        await this.database.rollbackUnless(async () => {
          undone = await this.pass(store, left, options, author, results);
          const refused = [...results.values()].some(({ result }) => result === 'refused');
          return undone === 0 && !options.dryRun && !(options.atomic && refused);
        });
        // Refusing an item can break references of other items: repeat without all of them.
        if (undone > 0) await this.refuseDependants(store.definition, candidates, results);
      } while (undone > 0 && !options.atomic);
      return [...results.values()].sort((a, b) => a.item - b.item);
    });
  }

  /** Validates an item; a violation adds a refusal to the results. */
  private candidate<Document extends object>(
    { definition }: BulkTarget<Document>,
    item: BulkItem,
    results: Map<number, BulkResult>,
  ): Candidate<Document>[] {
    const { value, violations } = item.violation
      ? { value: undefined, violations: [item.violation] }
      : validate(definition.schema, item.value);
    const given = (item.value as Record<string, unknown> | undefined)?.[definition.keyMember];
    if (violations.length > 0 || value === undefined) {
      results.set(item.item, {
        ...positionOf(item),
        ...(typeof given === 'string' && { key: given.slice(0, 128) }),
        result: 'refused',
        errors: violations.slice(0, MAX_ERRORS),
      });
      return [];
    }
    const key = typeof given === 'string' ? given : `${definition.singular}-${randomUUID()}`;
    return [{ ...item, key, document: { ...value, [definition.keyMember]: key } }];
  }

  /**
   * Writes the candidates.
   *
   * @returns how many were refused for their references after being written; then the pass must be rolled back
   */
  private async pass<Document extends object>(
    store: BulkTarget<Document>,
    candidates: Candidate<Document>[],
    options: BulkOptions,
    author: Author,
    results: Map<number, BulkResult>,
  ): Promise<number> {
    const written: Written<Document>[] = [];
    for (const candidate of candidates) {
      try {
        const { result, version, ...row } = await this.writeOne(store, candidate, options, author);
        if (result !== 'unchanged') written.push({ candidate, ...row });
        results.set(candidate.item, { ...positionOf(candidate), key: candidate.key, result, version });
      } catch (error) {
        if (!(error instanceof Problem) || error.status >= 500) throw error;
        results.set(candidate.item, refusal(candidate, violationsOf(error)));
      }
    }
    return this.finish(store, written, options, results);
  }

  private async writeOne<Document extends object>(
    store: BulkTarget<Document>,
    { key, document }: Candidate<Document>,
    { mode }: BulkOptions,
    author: Author,
  ): Promise<Omit<Written<Document>, 'candidate'> & { result: 'created' | 'updated' | 'unchanged'; version: number }> {
    const { definition } = store;
    const row = mode === 'upsert' ? await store.locks.lockIfExists(key) : undefined;
    if (row?.deleted) throw await store.locks.keyConflict(key);
    if (row) {
      const next = {
        ...(row.status !== undefined && { status: row.status }),
        ...document,
        [definition.keyMember]: row.key,
      };
      const version = await this.writer.update(definition, row, next, { author, change: 'updated', lenient: true });
      return {
        id: row.id,
        unresolvedBefore: row.unresolved_refs,
        version,
        result: version === row.version ? 'unchanged' : 'updated',
      };
    }
    const created = {
      ...(definition.initialStatus !== undefined && { status: definition.initialStatus }),
      ...document,
    };
    const id = await this.writer.insert(definition, key, created, { author, change: 'created', lenient: true });
    if (id === undefined) throw await store.locks.keyConflict(key);
    return { id, unresolvedBefore: [], version: 1, result: 'created' };
  }

  /** Checks unresolved references after all items were written. @returns the number of refused items */
  private async finish<Document extends object>(
    { definition }: BulkTarget<Document>,
    written: readonly Written<Document>[],
    { lenient }: BulkOptions,
    results: Map<number, BulkResult>,
  ): Promise<number> {
    const rows = await this.database.query<{ id: string; unresolved_refs: string[] }>(
      `SELECT id, unresolved_refs FROM ${definition.resource} WHERE id = ANY($1::bigint[]) AND unresolved_refs <> '{}'`,
      [written.map(({ id }) => id)],
    );
    const unresolved = new Map(rows.map(({ id, unresolved_refs }) => [id, unresolved_refs]));
    let refused = 0;
    for (const { id, unresolvedBefore, candidate } of written) {
      const left = unresolved.get(id) ?? [];
      const fresh = lenient ? [] : left.filter((reference) => !unresolvedBefore.includes(reference));
      const result = results.get(candidate.item);
      if (fresh.length > 0) {
        results.set(candidate.item, refusal(candidate, this.unknownReferences(definition, candidate.document, fresh)));
        refused++;
      } else if (result && left.length > 0) result.unresolved_refs = left;
    }
    return refused;
  }

  /** Refuses the items that refer, directly or through others, to a refused item whose document does not exist. */
  private async refuseDependants<Document extends object>(
    definition: DocumentDefinition<Document>,
    candidates: readonly Candidate<Document>[],
    results: Map<number, BulkResult>,
  ): Promise<void> {
    const isRefused = ({ item }: Candidate<Document>) => results.get(item)?.result === 'refused';
    const keys = candidates.filter(isRefused).map(({ key }) => key);
    const live = await this.database.query<{ key: string }>(
      `SELECT key FROM ${definition.resource}
       WHERE lower(key) = ANY(SELECT lower(unnest($1::text[]))) AND deleted_at IS NULL`,
      [keys],
    );
    const existing = new Set(live.map(({ key }) => key));
    const referringTo = new Map<string, Candidate<Document>[]>();
    for (const candidate of candidates.filter((one) => !isRefused(one))) {
      for (const key of this.ownKeys(definition, candidate.document))
        referringTo.set(key, [...(referringTo.get(key) ?? []), candidate]);
    }
    const missing = keys.filter((key) => !existing.has(key));
    for (let key = missing.pop(); key !== undefined; key = missing.pop()) {
      for (const candidate of referringTo.get(key) ?? []) {
        if (isRefused(candidate)) continue;
        const errors = this.unknownReferences(definition, candidate.document, [`${definition.resource}/${key}`]);
        results.set(candidate.item, refusal(candidate, errors));
        missing.push(candidate.key);
      }
    }
  }

  /** The keys of the same resource that a document refers to. */
  private ownKeys({ resource, references = [] }: DocumentDefinition, document: object): string[] {
    return references
      .filter(({ to }) => to === resource)
      .flatMap((reference) => keysIn(reference, document as Record<string, unknown>).map(({ key }) => key));
  }

  private unknownReferences(
    { references = [] }: DocumentDefinition,
    document: object,
    unresolved: string[],
  ): Violation[] {
    return references.flatMap((reference) =>
      keysIn(reference, document as Record<string, unknown>)
        .filter(({ key }) => unresolved.includes(`${reference.to}/${key}`))
        .map(({ key, pointer }): Violation => ({
          pointer,
          code: 'unknown_reference',
          detail: `There is no live document “${reference.to}/${key}”.`,
        })),
    );
  }
}
