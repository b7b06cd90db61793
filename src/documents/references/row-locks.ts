import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { isKey } from '../../validation/properties';
import type { DocumentDefinition } from '../definition/document-definition';
import { refersToKey } from './reference-keys';
import { References } from './references';

/** A locked row. */
export interface LockedRow {
  resource: string;
  id: string;
  /** As `resource/key`. */
  unresolved_refs: string[];
}

/**
 * Locks the rows that a transaction will change besides its own, before its first write. All transactions take row
 * locks in one order, so they cannot deadlock:
 * 1. rows to change, by resource and key (FOR NO KEY UPDATE); a bulk request locks its own rows here too,
 * 2. the row to delete or archive (FOR UPDATE),
 * 3. rows referred to (FOR KEY SHARE, which conflicts with 2 only) and new keys, in key order.
 */
@Injectable()
export class RowLocks {
  constructor(
    private readonly database: Database,
    private readonly references: References,
  ) {}

  /**
   * Before documents are created or restored: locks the rows with unresolved references to them.
   *
   * @param updates also locks the documents themselves
   */
  async lockForWrites(
    { resource }: DocumentDefinition,
    keys: readonly string[],
    updates: boolean,
  ): Promise<LockedRow[]> {
    const referring = this.references.referringTo(resource);
    return this.lock(
      (definition) => [
        ...(updates && definition.resource === resource ? ['lower(key) = ANY($1::text[])'] : []),
        ...(referring.has(definition) ? [isPending(resource)] : []),
      ],
      keys.filter(isKey).map((key) => key.toLowerCase()),
    );
  }

  /**
   * Before a document is deleted: locks the rows whose references become unresolved.
   *
   * @param moves also locks the rows that refer to it by a foreign key, which move to another document
   */
  async lockForDeletion({ resource }: DocumentDefinition, key: string, moves: boolean): Promise<void> {
    if (!isKey(key)) return;
    const referring = this.references.referringTo(resource);
    const found = (column: string) => `(SELECT ${column} FROM ${resource} WHERE lower(key) = lower($1))`;
    await this.lock(
      (definition) =>
        (referring.get(definition) ?? []).flatMap((reference) => [
          ...(reference.holdsWhile === undefined ? [] : [refersToKey(reference, found('key'))]),
          ...(moves && reference.column !== undefined
            ? [`${reference.column} = ${found('id')} AND deleted_at IS NULL`]
            : []),
        ]),
      key,
    );
  }

  private async lock(
    conditionsOf: (definition: DocumentDefinition) => string[],
    keys: string | readonly string[],
  ): Promise<LockedRow[]> {
    const locks = this.references.all.flatMap((definition) => {
      const conditions = conditionsOf(definition).map((condition) => `(${condition})`);
      return conditions.length === 0
        ? []
        : `SELECT '${definition.resource}' AS resource, locked.* FROM (
             SELECT id, unresolved_refs FROM ${definition.resource} AS document WHERE ${conditions.join(' OR ')}
             ORDER BY lower(key) FOR NO KEY UPDATE) AS locked`;
    });
    return locks.length > 0 ? this.database.query<LockedRow>(locks.join(' UNION ALL '), [keys]) : [];
  }
}

/**
 * SQL condition: the row has an unresolved reference to one of the keys of `$1`, which are in lower case. A partial
 * index supports it.
 */
const isPending = (resource: string) =>
  `unresolved_refs <> '{}' AND lower_all(unresolved_refs) && ARRAY(SELECT '${resource}/' || unnest($1::text[]))`;
