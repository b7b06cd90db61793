import { Injectable } from '@nestjs/common';
import type { DocumentStore } from '../documents/document-store';
import { DocumentStores } from '../documents/document-stores';
import type { Author } from '../identity/author';
import type { Preconditions } from '../responses/preconditions';
import type { Representation } from '../responses/representation';
import { isKey } from '../validation/properties';
import { domainDefinition } from './domain.definition';
import type { DomainDocument } from './domain.entity';

/** What one can do with business domains. */
@Injectable()
export class DomainsService {
  readonly store: DocumentStore<DomainDocument>;

  constructor(documents: DocumentStores) {
    this.store = documents.of(domainDefinition);
  }

  /**
   * Deletes a domain. With `moveTo`, what belongs to it (domains below, metrics, objectives) goes to that domain first,
   * in the same transaction and each with its revision.
   *
   * @throws Problem 404, 409 `in_use`, 412, 422
   */
  remove(
    key: string,
    moveTo: string | undefined,
    preconditions: Preconditions,
    author: Author,
  ): Promise<Representation> {
    return moveTo === undefined
      ? this.store.remove(key, preconditions, author)
      : this.store.removeAndMove(key, moveTo, preconditions, author);
  }

  /** The key of a live domain as it is spelled. @throws Problem 404 */
  async keyOf(key: string): Promise<string> {
    const [row] = isKey(key)
      ? await this.store.database.query<{ key: string }>(
          `SELECT key FROM domains WHERE lower(key) = lower($1) AND deleted_at IS NULL`,
          [key],
        )
      : [];
    if (!row) throw this.store.reader.notFound(key);
    return row.key;
  }

  /** The keys with those of all live domains below them. */
  async subtree(keys: readonly string[]): Promise<string[]> {
    const rows = await this.store.database.query<{ key: string }>(
      `WITH RECURSIVE below(key) AS (
         SELECT unnest($1::text[]) COLLATE "C"
         UNION
         SELECT document.key FROM domains AS document JOIN below ON coalesce(data ->> 'parent', '') COLLATE "C" = below.key
         WHERE deleted_at IS NULL
       ) SELECT key FROM below`,
      [keys],
    );
    return rows.map(({ key }) => key);
  }
}
