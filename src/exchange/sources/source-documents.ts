import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { JsonObject } from '../files/catalogue-entry';

/** A document of a source. */
export interface SourceDocument {
  resource: string;
  /** In lower case. */
  key: string;
}

/** What sources said last about each document: the base of three-way merges. Keys are in lower case. */
@Injectable()
export class SourceDocuments {
  constructor(private readonly database: Database) {}

  /** Reads the bases of documents. @returns them by key */
  async readBases(source: string, resource: string, keys: readonly string[]): Promise<Map<string, JsonObject>> {
    const rows = await this.database.query<{ key: string; base: JsonObject }>(
      `SELECT key, base FROM source_documents WHERE source = $1 AND resource = $2 AND key = ANY($3::text[])`,
      [source, resource, keys],
    );
    return new Map(rows.map(({ key, base }) => [key, base]));
  }

  /** Stores new bases. */
  async save(source: string, resource: string, bases: ReadonlyMap<string, JsonObject>, seenAt: string): Promise<void> {
    if (bases.size === 0) return;
    await this.database.query(
      `INSERT INTO source_documents (source, resource, key, base, seen_at)
       SELECT $1, $2, key, base, $5 FROM unnest($3::text[], $4::jsonb[]) AS given (key, base)
       ON CONFLICT (source, resource, key) DO UPDATE SET (base, seen_at) = (EXCLUDED.base, EXCLUDED.seen_at)`,
      [source, resource, [...bases.keys()], [...bases.values()].map((base) => JSON.stringify(base)), seenAt],
    );
  }

  /** Records that the source still has documents. */
  async markSeen(source: string, resource: string, keys: readonly string[], seenAt: string): Promise<void> {
    await this.database.query(
      `UPDATE source_documents SET seen_at = $4
       WHERE source = $1 AND resource = $2 AND key = ANY($3::text[]) AND seen_at <> $4`,
      [source, resource, keys, seenAt],
    );
  }

  /** The documents that the source had before `seenAt` and no longer has. */
  findUnseen(source: string, seenAt: string): Promise<SourceDocument[]> {
    return this.database.query(
      `SELECT resource, key FROM source_documents WHERE source = $1 AND seen_at < $2 ORDER BY resource, key`,
      [source, seenAt],
    );
  }
}
