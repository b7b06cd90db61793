import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { Problem } from '../../problems/problem';
import { isKey } from '../../validation/properties';
import { quote, type Violation } from '../../validation/violation';
import type { DocumentDefinition, Reference } from '../definition/document-definition';
import { type DocumentRow, rowColumns } from '../definition/document-rows';
import { keysIn, refersToKey, withSpelling } from './reference-keys';

/** The references of a document, resolved when it is written. */
export interface ResolvedReferences {
  /** The document with keys as the referenced documents spell them. */
  document: Record<string, unknown>;
  /** Foreign-key columns with their values. */
  columns: Record<string, string | null>;
  /** References without a live document, as `resource/key`. */
  unresolved: string[];
  violations: Violation[];
}

/** Live documents that were looked up and locked together: by resource, then by key in lower case. */
export type KnownDocuments = Map<string, Map<string, { key: string; id: string }>>;

/** Maximum number of referring documents in a response. */
const MAX_USERS_LISTED = 20;

/**
 * Referential integrity across all resources: references point to existing documents, and a document in use cannot be
 * deleted. Resources declare their references in their definitions, which are registered here.
 */
@Injectable()
export class References {
  private readonly definitions: DocumentDefinition[] = [];

  constructor(private readonly database: Database) {}

  register(definition: DocumentDefinition): void {
    this.definitions.push(definition);
  }

  /** The registered definitions, in the order in which transactions lock rows of several resources. */
  get all(): readonly DocumentDefinition[] {
    return this.definitions;
  }

  /** The resources that no registered definition refers to. */
  unreferenced(): string[] {
    return this.definitions.map(({ resource }) => resource).filter((resource) => this.referringTo(resource).size === 0);
  }

  /** SQL that counts the live documents referring to the row aliased `document`, by the member that shows the count. */
  countsOf(resource: string): Record<string, string> {
    const counts: Record<string, string> = {};
    for (const [definition, references] of this.referringTo(resource)) {
      for (const { countedAs, column } of references) {
        if (countedAs === undefined || column === undefined) continue;
        counts[countedAs] = `(SELECT count(*) FROM ${definition.resource} AS referring
            WHERE referring.${column} = document.id AND referring.deleted_at IS NULL)`;
      }
    }
    return counts;
  }

  /**
   * Looks up the referenced documents, in any case, and locks them against deletion until the transaction ends.
   * Unknown keys are violations, except those that were unresolved before; with `lenient` none is.
   *
   * @param unresolved `unresolved_refs` of the document before the write
   * @param known the result of `lockTargets` for all documents of a bulk write
   */
  async resolve(
    definition: DocumentDefinition,
    document: Record<string, unknown>,
    ownKey: string,
    {
      lenient,
      unresolved,
      known: targetsOfBulk,
    }: { lenient: boolean; unresolved: readonly string[]; known?: KnownDocuments | undefined },
  ): Promise<ResolvedReferences> {
    const resolved: ResolvedReferences = { document, columns: {}, unresolved: [], violations: [] };
    const known = unresolved.map((path) => path.toLowerCase());
    for (const reference of definition.references ?? []) {
      const given = keysIn(reference, document).map(({ key }) => key);
      const live = await this.lockAll(reference.to, given, targetsOfBulk?.get(reference.to));
      const isSelf = (key: string) =>
        reference.to === definition.resource && key.toLowerCase() === ownKey.toLowerCase();
      const spell = (key: string) => (isSelf(key) ? ownKey : (live.get(key.toLowerCase())?.key ?? key));
      resolved.document = withSpelling(reference, resolved.document, spell);
      const targets = keysIn(reference, resolved.document);
      if (reference.column !== undefined)
        resolved.columns[reference.column] = live.get(targets[0]?.key.toLowerCase() ?? '')?.id ?? null;
      const seen = new Set<string>();
      for (const { key, pointer } of targets) {
        const list = pointer.slice(0, pointer.lastIndexOf('/'));
        const path = `${reference.to}/${key}`;
        const isRepeated = seen.size === seen.add(`${list} ${key.toLowerCase()}`).size;
        if (isRepeated)
          resolved.violations.push({
            pointer: list,
            code: 'not_unique',
            detail: `${quote(key)} is in the list twice.`,
          });
        if (isSelf(key))
          resolved.violations.push({
            pointer,
            code: 'self_reference',
            detail: `${quote(key)} cannot refer to itself.`,
          });
        else if (live.has(key.toLowerCase())) continue;
        else if (lenient || known.includes(path.toLowerCase())) resolved.unresolved.push(path);
        else
          resolved.violations.push({
            pointer,
            code: 'unknown_reference',
            detail: `There is no live document ${quote(path)}.`,
          });
      }
    }
    resolved.unresolved = [...new Set(resolved.unresolved)].sort();
    return resolved;
  }

  /**
   * Checks that no document refers to one that was just marked as deleted, and records optional references as
   * unresolved.
   *
   * @throws Problem 409 `in_use` with the count per resource and the first 20 referring documents
   */
  async release(resource: string, key: string): Promise<void> {
    await this.requireUnused(resource, key);
    await this.markUnresolved(resource, key);
  }

  private async requireUnused(resource: string, key: string): Promise<void> {
    const counts: Record<string, number> = {};
    const users: { resource: string; key: string }[] = [];
    for (const [definition, references] of this.referringTo(resource)) {
      const holds = references.map(
        (reference) => `(${refersToKey(reference, '$1')} AND ${reference.holdsWhile ?? 'true'})`,
      );
      const rows = await this.database.query<{ key: string; total: number }>(
        `SELECT key, count(*) OVER ()::int AS total FROM ${definition.resource} AS document
         WHERE (${holds.join(' OR ')}) AND deleted_at IS NULL AND NOT ($2 AND key = $1)
         ORDER BY id LIMIT ${MAX_USERS_LISTED}`,
        [key, definition.resource === resource],
      );
      if (!rows[0]) continue;
      counts[definition.resource] = rows[0].total;
      users.push(...rows.map((row) => ({ resource: definition.resource, key: row.key })));
    }
    if (users.length === 0) return;
    const parts = Object.entries(counts).map(
      ([name, count]) => `${count} ${count === 1 ? name.replace(/s$/, '') : name}`,
    );
    throw new Problem('in_use', {
      detail: `${quote(key)} is in use by ${parts.join(' and ')}.`,
      members: { counts, users: users.slice(0, MAX_USERS_LISTED) },
    });
  }

  /** Records a deleted document as unresolved in documents that do not prevent its deletion (closed objectives). */
  private async markUnresolved(resource: string, key: string): Promise<void> {
    for (const [definition, references] of this.referringTo(resource)) {
      for (const reference of references.filter(({ holdsWhile }) => holdsWhile !== undefined)) {
        await this.database.query(
          `UPDATE ${definition.resource} AS document SET unresolved_refs = array_append(unresolved_refs, $2)
           WHERE ${refersToKey(reference, '$1')} AND NOT unresolved_refs @> ARRAY[$2]`,
          [key, `${resource}/${key}`],
        );
      }
    }
  }

  /** Resolves unresolved references to new or restored documents. A partial index holds the rows that have any. */
  async resolvePending(resource: string, documents: readonly { key: string; id: string }[]): Promise<void> {
    if (documents.length === 0) return;
    const keys = documents.map(({ key }) => key);
    for (const [definition, references] of this.referringTo(resource)) {
      const columns = references.flatMap(({ column, member }) =>
        column === undefined
          ? []
          : `, ${column} = coalesce((SELECT added.id FROM unnest($2::text[], $3::bigint[]) AS added (key, id)
               WHERE added.key = data ->> '${member}'), ${column})`,
      );
      await this.database.query(
        `UPDATE ${definition.resource} SET
           unresolved_refs = ARRAY(SELECT path FROM unnest(unresolved_refs) AS path WHERE path <> ALL($1))${columns.join('')}
         WHERE unresolved_refs <> '{}' AND lower_all(unresolved_refs) && ARRAY(SELECT lower(unnest($1::text[])))`,
        [keys.map((key) => `${resource}/${key}`), ...(columns.length > 0 ? [keys, documents.map(({ id }) => id)] : [])],
      );
    }
  }

  /** Looks up what many documents refer to, with one statement for each resource, and locks it against deletion. */
  async lockTargets(
    { references = [] }: DocumentDefinition,
    documents: readonly Record<string, unknown>[],
  ): Promise<KnownDocuments> {
    const known: KnownDocuments = new Map();
    for (const to of new Set(references.map((reference) => reference.to)).values()) {
      const own = references.filter((reference) => reference.to === to);
      const keys = documents.flatMap((document) => own.flatMap((one) => keysIn(one, document).map(({ key }) => key)));
      known.set(to, await this.lockAll(to, [...new Set(keys)]));
    }
    return known;
  }

  /** Finds a live document and locks it against deletion (FOR KEY SHARE). */
  async lockLive(definition: DocumentDefinition, key: string): Promise<DocumentRow | undefined> {
    const [row] = await this.database.query<DocumentRow>(
      `SELECT ${rowColumns(definition)} FROM ${definition.resource}
       WHERE lower(key) = lower($1) AND deleted_at IS NULL FOR KEY SHARE`,
      [key],
    );
    return row;
  }

  /** The definitions that refer to a resource, with their references to it. */
  referringTo(resource: string): Map<DocumentDefinition, Reference[]> {
    const referring = new Map<DocumentDefinition, Reference[]>();
    for (const definition of this.definitions) {
      const references = (definition.references ?? []).filter(({ to }) => to === resource);
      if (references.length > 0) referring.set(definition, references);
    }
    return referring;
  }

  /** Returns keys as the documents of a resource spell them, deleted ones included; unknown keys as given. */
  async spell(resource: string, keys: readonly string[]): Promise<string[]> {
    const rows = await this.database.query<{ key: string }>(
      `SELECT key FROM ${resource} WHERE lower(key) = ANY($1::text[])`,
      [keys.filter(isKey).map((key) => key.toLowerCase())],
    );
    const spelled = new Map(rows.map(({ key }) => [key.toLowerCase(), key]));
    return keys.map((key) => spelled.get(key.toLowerCase()) ?? key);
  }

  /**
   * Locks the live documents among the keys against deletion. @returns the rows by key in lower case
   *
   * @param known locked before; others are added, which another transaction can have created since
   */
  private async lockAll(
    resource: string,
    given: string[],
    known = new Map<string, { key: string; id: string }>(),
  ): Promise<Map<string, { key: string; id: string }>> {
    const keys = given.filter((key) => !known.has(key.toLowerCase()));
    if (keys.length === 0) return known;
    const rows = await this.database.query<{ key: string; id: string }>(
      `SELECT key, id FROM ${resource} WHERE lower(key) = ANY($1::text[]) AND deleted_at IS NULL
       ORDER BY id FOR KEY SHARE`,
      [keys.map((key) => key.toLowerCase())],
    );
    for (const row of rows) known.set(row.key.toLowerCase(), row);
    return known;
  }
}
