import { Injectable } from '@nestjs/common';
import type { DocumentStore } from '../documents/document-store';
import { DocumentStores } from '../documents/document-stores';
import type { WriteRequest } from '../documents/write/write-request';
import type { Representation } from '../responses/representation';
import { isKey } from '../validation/properties';
import { domainDefinition } from './domain.definition';
import type { DomainDocument } from './domain.entity';

/** The operations on business domains. */
@Injectable()
export class DomainsService {
  readonly store: DocumentStore<DomainDocument>;

  constructor(documents: DocumentStores) {
    this.store = documents.of(domainDefinition);
  }

  /**
   * Deletes a domain. With `moveTo`, its subdomains, metrics and objectives first move to that domain, in the same
   * transaction and with a revision each.
   *
   * @throws Problem 404, 409 `in_use`, 412, 422
   */
  remove(moveTo: string | undefined, write: WriteRequest): Promise<Representation> {
    return moveTo === undefined ? this.store.remove(write) : this.store.removeAndMove(moveTo, write);
  }

  /** Finds the exact spelling of the key of a live domain. @throws Problem 404 */
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

  /** The keys, in any case, and those of all descendants. */
  async subtree(keys: readonly string[]): Promise<string[]> {
    const rows = await this.store.database.query<{ key: string }>(
      `WITH RECURSIVE below(key) AS (
         SELECT coalesce(document.key, given COLLATE "C") FROM unnest($1::text[]) AS given
         LEFT JOIN domains AS document ON lower(document.key) = lower(given)
         UNION
         SELECT document.key FROM domains AS document
         JOIN below ON coalesce(data ->> 'parent', '') COLLATE "C" = below.key
         WHERE deleted_at IS NULL
       ) SELECT key FROM below`,
      [keys],
    );
    return rows.map(({ key }) => key);
  }
}
