import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { isKey } from '../../validation/properties';
import type { DocumentDefinition } from '../definition/document-definition';
import { References, refersToKey } from './references';

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
   * @param keys in lower case
   * @param updates also locks the documents themselves
   */
  async lockForWrites({ resource }: DocumentDefinition, keys: readonly string[], updates: boolean): Promise<void> {
    const referring = this.references.referringTo(resource);
    await this.lock(
      (definition) => [
        ...(updates && definition.resource === resource ? ['lower(key) = ANY($1::text[])'] : []),
        ...(referring.has(definition) ? [isPending(resource)] : []),
      ],
      keys.filter(isKey),
    );
  }

  /** Before a document is deleted: locks the rows whose references become unresolved. */
  async lockForDeletion({ resource }: DocumentDefinition, key: string): Promise<void> {
    if (!isKey(key)) return;
    const referring = this.references.referringTo(resource);
    await this.lock(
      (definition) =>
        (referring.get(definition) ?? [])
          .filter(({ holdsWhile }) => holdsWhile !== undefined)
          .map((reference) => refersToKey(reference, `(SELECT key FROM ${resource} WHERE lower(key) = lower($1))`)),
      key,
    );
  }

  /** Before the references to a document move to another one: locks the rows that refer to it by a foreign key. */
  async lockForMove({ resource }: DocumentDefinition, key: string): Promise<void> {
    if (!isKey(key)) return;
    const referring = this.references.referringTo(resource);
    await this.lock(
      (definition) =>
        (referring.get(definition) ?? []).flatMap(({ column }) =>
          column === undefined
            ? []
            : `${column} = (SELECT id FROM ${resource} WHERE lower(key) = lower($1)) AND deleted_at IS NULL`,
        ),
      key,
    );
  }

  private async lock(
    conditionsOf: (definition: DocumentDefinition) => string[],
    keys: string | readonly string[],
  ): Promise<void> {
    const locks = this.references.all.flatMap((definition) => {
      const conditions = conditionsOf(definition).map((condition) => `(${condition})`);
      return conditions.length === 0
        ? []
        : `SELECT 1 FROM (SELECT FROM ${definition.resource} AS document WHERE ${conditions.join(' OR ')}
             ORDER BY lower(key) FOR NO KEY UPDATE) AS locked`;
    });
    if (locks.length > 0) await this.database.query(locks.join(' UNION ALL '), [keys]);
  }
}

/** SQL condition: the row has an unresolved reference to one of the keys of `$1`. A partial index supports it. */
const isPending = (resource: string) =>
  `unresolved_refs <> '{}' AND unresolved_refs && ARRAY(SELECT '${resource}/' || unnest($1::text[]))`;
