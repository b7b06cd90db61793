import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import type { Author } from '../http/author';
import { Problem } from '../problems/problem';
import type { Violation } from '../problems/violation';
import { validate } from '../validation/validate';
import type { DocumentDefinition } from './document-definition';
import { DocumentWriter } from './document-writer';
import type { DocumentLocks } from './document-locks';
import { ReferenceGraph } from './reference-graph';
import { keysIn } from './references';

/** One document of a bulk request, with where it stood. */
export interface BulkItem {
  item: number;
  line?: number | undefined;
  value: unknown;
  /** Set where the line could not even be read. */
  violation?: Violation | undefined;
}

export interface BulkOptions {
  /** `create` refuses keys that exist, `upsert` replaces their documents. */
  mode: 'create' | 'upsert';
  /** All or nothing. */
  atomic: boolean;
  /** Judge everything, write nothing. */
  dryRun: boolean;
  /** Keep references to unknown keys. */
  lenient: boolean;
}

export interface BulkResult {
  item: number;
  line?: number | undefined;
  key?: string;
  result: 'created' | 'updated' | 'unchanged' | 'refused';
  version?: number;
  unresolved_refs?: string[];
  errors?: Violation[];
}

/** Where the documents go: the store of their resource. */
export interface BulkTarget<Document extends object> {
  readonly definition: DocumentDefinition<Document>;
  readonly locks: DocumentLocks;
}

interface Candidate<Document> extends BulkItem {
  key: string;
  document: Document;
}

/** Writes many documents of one resource in one transaction, in their order; references among them may point forward. */
@Injectable()
export class Bulk {
  constructor(
    private readonly database: Database,
    private readonly writer: DocumentWriter,
    private readonly graph: ReferenceGraph,
  ) {}

  /**
   * @returns a result for each item, in order; with `atomic` and a refusal among them, nothing was written
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
      await this.graph.lockGraphs(
        store.definition,
        candidates.map(({ document }) => document as Record<string, unknown>),
      );
      // A document refused for what it names may leave others without what they name: again without it, until all
      // that is left stands.
      let undone: number;
      do {
        const left = candidates.filter(({ item }) => results.get(item)?.result !== 'refused');
        undone = 0;
        await this.database.undoUnless(async () => {
          undone = await this.pass(store, left, options, author, results);
          const refused = [...results.values()].some(({ result }) => result === 'refused');
          return undone === 0 && !options.dryRun && !(options.atomic && refused);
        });
      } while (undone > 0 && !options.atomic);
      return items.map(({ item }) => results.get(item) ?? { item, result: 'refused' as const });
    });
  }

  /** A document that meets the schema, or a refusal among the results. */
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
        ...place(item),
        ...(typeof given === 'string' && { key: given.slice(0, 128) }),
        result: 'refused',
        errors: violations,
      });
      return [];
    }
    const key = typeof given === 'string' ? given : `${definition.singular}-${randomUUID()}`;
    return [{ ...item, key, document: { ...value, [definition.keyMember]: key } }];
  }

  /** Writes the candidates. @returns how many were written and then refused for what they name, so that all must be undone */
  private async pass<Document extends object>(
    store: BulkTarget<Document>,
    candidates: Candidate<Document>[],
    options: BulkOptions,
    author: Author,
    results: Map<number, BulkResult>,
  ): Promise<number> {
    const ids = new Map<string, Candidate<Document>>();
    for (const candidate of candidates) {
      try {
        const { id, result } = await this.writeOne(store, candidate, options, author);
        if (result !== 'unchanged') ids.set(id, candidate);
        results.set(candidate.item, { ...place(candidate), key: candidate.key, result });
      } catch (error) {
        if (!(error instanceof Problem) || error.status >= 500) throw error;
        results.set(candidate.item, refusal(candidate, violationsOf(error)));
      }
    }
    return this.finish(store, ids, options, results);
  }

  private async writeOne<Document extends object>(
    store: BulkTarget<Document>,
    { key, document }: Candidate<Document>,
    { mode }: BulkOptions,
    author: Author,
  ): Promise<{ id: string; result: 'created' | 'updated' | 'unchanged' }> {
    const { definition } = store;
    const row = mode === 'upsert' ? await store.locks.find(key) : undefined;
    if (row?.deleted) throw await store.locks.taken(key);
    if (row) {
      const next = {
        ...(row.status !== undefined && { status: row.status }),
        ...document,
        [definition.keyMember]: row.key,
      };
      const changed = await this.writer.update(definition, row, next, { author, change: 'updated', lenient: true });
      return { id: row.id, result: changed ? 'updated' : 'unchanged' };
    }
    const created = {
      ...(definition.initialStatus !== undefined && { status: definition.initialStatus }),
      ...document,
    };
    const id = await this.writer.insert(definition, key, created, { author, change: 'created', lenient: true });
    if (id === undefined) throw await store.locks.taken(key);
    return { id, result: 'created' };
  }

  /** Versions and unresolved references once every item is in its place. @returns how many are refused for the latter */
  private async finish<Document extends object>(
    { definition }: BulkTarget<Document>,
    ids: Map<string, Candidate<Document>>,
    { lenient }: BulkOptions,
    results: Map<number, BulkResult>,
  ): Promise<number> {
    let refused = 0;
    const rows = await this.database.query<{ id: string; version: number; unresolved_refs: string[] }>(
      `SELECT id, version, unresolved_refs FROM ${definition.resource} WHERE id = ANY($1::bigint[])`,
      [[...ids.keys()]],
    );
    for (const { id, version, unresolved_refs } of rows) {
      const candidate = ids.get(id);
      const result = candidate && results.get(candidate.item);
      if (!result) continue;
      if (unresolved_refs.length > 0 && !lenient) {
        results.set(candidate.item, refusal(candidate, this.unknown(definition, candidate.document, unresolved_refs)));
        refused++;
        continue;
      }
      result.version = version;
      if (unresolved_refs.length > 0) result.unresolved_refs = unresolved_refs;
    }
    return refused;
  }

  private unknown({ references = [] }: DocumentDefinition, document: object, unresolved: string[]): Violation[] {
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

const place = ({ item, line }: BulkItem) => ({ item, ...(line !== undefined && { line }) });

const refusal = ({ key, ...item }: Candidate<object>, errors: Violation[]): BulkResult => ({
  ...place(item),
  key,
  result: 'refused',
  errors,
});

/** A refused single write as violations of its item. */
function violationsOf({ code, errors, message }: Problem): Violation[] {
  if (errors.length > 0) return errors;
  return [{ pointer: '', code: code as Violation['code'], detail: message }];
}
