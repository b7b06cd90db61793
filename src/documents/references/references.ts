import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { Problem } from '../../problems/problem';
import { quote, type Violation } from '../../validation/violation';
import type { DocumentDefinition, Reference } from '../definition/document-definition';
import type { DocumentRow } from '../definition/document-rows';

/** What a document refers to, as it was found when the document was written. */
export interface ResolvedReferences {
  /** Foreign-key columns and the ids they get. */
  columns: Record<string, string | null>;
  /** `resource/key` of references that no live document answers to. */
  unresolved: string[];
  violations: Violation[];
}

export interface User {
  resource: string;
  key: string;
}

const MAX_USERS_NAMED = 20;

/** The keys that a document names by one of its references. */
export function keysIn(reference: Reference, document: Record<string, unknown>): { key: string; pointer: string }[] {
  if (reference.keysOf) return reference.keysOf(document);
  const value = document[reference.member];
  if (typeof value === 'string') return [{ key: value, pointer: `/${reference.member}` }];
  return ((value as string[] | undefined) ?? []).map((key, index) => ({
    key,
    pointer: `/${reference.member}/${index}`,
  }));
}

/** The condition that a document, aliased `document`, names the key bound at `placeholder` by a reference; answered by an index. */
export function namesKey({ member, keysSql, column }: Reference, placeholder: string): string {
  if (keysSql !== undefined) return `${keysSql} ? ${placeholder}`;
  return column !== undefined
    ? `coalesce(data ->> '${member}', '') COLLATE "C" = ${placeholder}`
    : `(data -> '${member}') ? ${placeholder}`;
}

/**
 * Keeps references true across all resources: what a document names exists, nothing in use is deleted, no cycle is
 * closed. Resources only declare their references; each is known to the one it points to by being registered here.
 */
@Injectable()
export class References {
  private readonly referring: { definition: DocumentDefinition; reference: Reference }[] = [];

  constructor(private readonly database: Database) {}

  register(definition: DocumentDefinition): void {
    for (const reference of definition.references ?? []) this.referring.push({ definition, reference });
  }

  /** SQL counting, for a row aliased `document`, the live documents that refer to it; by the member that shows the count. */
  countsOf(resource: string): Record<string, string> {
    return Object.fromEntries(
      this.referring
        .filter(
          ({ reference }) =>
            reference.to === resource && reference.countedAs !== undefined && reference.column !== undefined,
        )
        .map(({ definition, reference }) => [
          reference.countedAs ?? '',
          `(SELECT count(*) FROM ${definition.resource} AS referring WHERE referring.${reference.column} = document.id AND referring.deleted_at IS NULL)`,
        ]),
    );
  }

  /**
   * Looks up everything a document names and locks it against deletion until the transaction ends (FOR SHARE).
   * Unknown keys are violations; those that were open before are noted, and all of them with `lenient`.
   *
   * @param open `unresolved_refs` of the document as it was: an old gap is no reason to refuse a new change
   */
  async resolve(
    definition: DocumentDefinition,
    document: Record<string, unknown>,
    ownKey: string,
    { lenient, open }: { lenient: boolean; open: readonly string[] },
  ): Promise<ResolvedReferences> {
    const resolved: ResolvedReferences = { columns: {}, unresolved: [], violations: [] };
    for (const reference of definition.references ?? []) {
      const named = keysIn(reference, document);
      const isSelf = (key: string) => reference.to === definition.resource && key === ownKey;
      for (const { key, pointer } of named.filter(({ key }) => isSelf(key))) {
        resolved.violations.push({ pointer, code: 'self_reference', detail: `${quote(key)} cannot refer to itself.` });
      }
      const ids = await this.lock(
        reference.to,
        named.map(({ key }) => key),
      );
      if (reference.column !== undefined) resolved.columns[reference.column] = ids.get(named[0]?.key ?? '') ?? null;
      for (const { key, pointer } of named) {
        if (ids.has(key) || isSelf(key)) continue;
        if (lenient || open.includes(`${reference.to}/${key}`)) resolved.unresolved.push(`${reference.to}/${key}`);
        else
          resolved.violations.push({
            pointer,
            code: 'unknown_reference',
            detail: `There is no live document ${quote(`${reference.to}/${key}`)}.`,
          });
      }
    }
    resolved.unresolved = [...new Set(resolved.unresolved)].sort();
    return resolved;
  }

  /**
   * Lets go of a document that was just marked as deleted.
   *
   * @throws Problem 409 `in_use` with the count of each resource and the first 20 users
   */
  async release(resource: string, key: string): Promise<void> {
    await this.refuseIfUsed(resource, key);
    await this.unsettle(resource, key);
  }

  private async refuseIfUsed(resource: string, key: string): Promise<void> {
    const counts: Record<string, number> = {};
    const users: User[] = [];
    for (const [definition, references] of this.referringTo(resource)) {
      const holds = references.map(
        (reference) => `(${namesKey(reference, '$1')} AND ${reference.holdsWhile ?? 'true'})`,
      );
      const rows = await this.database.query<{ key: string; total: number }>(
        `SELECT key, count(*) OVER ()::int AS total FROM ${definition.resource} AS document
         WHERE (${holds.join(' OR ')}) AND deleted_at IS NULL AND NOT ($2 AND key = $1) ORDER BY id LIMIT ${MAX_USERS_NAMED}`,
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
      members: { counts, users: users.slice(0, MAX_USERS_NAMED) },
    });
  }

  /** What a deleted document leaves open in those that named it without holding it (closed objectives). */
  private async unsettle(resource: string, key: string): Promise<void> {
    for (const [definition, references] of this.referringTo(resource)) {
      for (const reference of references.filter(({ holdsWhile }) => holdsWhile !== undefined)) {
        await this.database.query(
          `UPDATE ${definition.resource} AS document SET unresolved_refs = array_append(unresolved_refs, $2)
           WHERE ${namesKey(reference, '$1')} AND NOT unresolved_refs @> ARRAY[$2]`,
          [key, `${resource}/${key}`],
        );
      }
    }
  }

  /** References that waited for this key find it now. The few rows that wait for any have an index of their own. */
  async settle(resource: string, key: string, id: string): Promise<void> {
    for (const [definition, references] of this.referringTo(resource)) {
      const columns = references.flatMap(({ column, member }) =>
        column === undefined
          ? []
          : `, ${column} = CASE WHEN data ->> '${member}' = $2 THEN $3::bigint ELSE ${column} END`,
      );
      await this.database.query(
        `UPDATE ${definition.resource} SET unresolved_refs = array_remove(unresolved_refs, $1)${columns.join('')} WHERE unresolved_refs <> '{}' AND unresolved_refs @> ARRAY[$1]`,
        [`${resource}/${key}`, ...(columns.length > 0 ? [key, id] : [])],
      );
    }
  }

  /** A live document by its key as it is spelled, locked against deletion. */
  async find({ resource, initialStatus }: DocumentDefinition, key: string): Promise<DocumentRow | undefined> {
    const [row] = await this.database.query<DocumentRow>(
      `SELECT id, key, version, data, unresolved_refs, ${initialStatus === undefined ? '' : 'status, '}false AS deleted FROM ${resource}
       WHERE lower(key) = lower($1) AND deleted_at IS NULL FOR SHARE`,
      [key],
    );
    return row;
  }

  /** Each resource that refers to this one, with its references. */
  referringTo(resource: string): Map<DocumentDefinition, Reference[]> {
    const referring = new Map<DocumentDefinition, Reference[]>();
    for (const { definition, reference } of this.referring) {
      if (reference.to === resource) referring.set(definition, [...(referring.get(definition) ?? []), reference]);
    }
    return referring;
  }

  private async lock(resource: string, keys: string[]): Promise<Map<string, string>> {
    if (keys.length === 0) return new Map();
    const rows = await this.database.query<{ key: string; id: string }>(
      `SELECT key, id FROM ${resource} WHERE lower(key) = ANY(SELECT lower(unnest($1::text[]))) AND key = ANY($1) AND deleted_at IS NULL ORDER BY id FOR SHARE`,
      [keys],
    );
    return new Map(rows.map(({ key, id }) => [key, id]));
  }
}
