import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { Problem } from '../../problems/problem';
import { isKey } from '../../validation/properties';
import { quote } from '../../validation/violation';
import type { Source, SourceSettings } from './source';

const SETTINGS = ['format', 'key_prefix', 'default_domain', 'default_owner', 'status_policy', 'prune', 'on_conflict'];
const DEFAULTS = { status_policy: 'keep', prune: 'report', on_conflict: 'local' } as const;

/** A source with its number of documents, as a client sees it. */
export type SourceReport = Source & { documents: number; created_at: string; updated_at: string };

const time = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS ${column}`;
const REPORT = `key, ${SETTINGS.join(', ')}, ${time('created_at')}, ${time('updated_at')},
  (SELECT count(*)::int FROM source_documents WHERE source = sources.key) AS documents`;

/** The sources of repeated imports. */
@Injectable()
export class Sources {
  constructor(private readonly database: Database) {}

  list(): Promise<SourceReport[]> {
    return this.database.query(`SELECT ${REPORT} FROM sources ORDER BY lower(key) LIMIT 1000`);
  }

  /** @throws Problem 404 */
  async read(key: string): Promise<SourceReport> {
    const sql = `SELECT ${REPORT} FROM sources WHERE lower(key) = lower($1)`;
    const [source] = isKey(key) ? await this.database.query<SourceReport>(sql, [key]) : [];
    if (!source) throw notFound(key);
    return source;
  }

  /**
   * Creates or replaces the settings of a source.
   *
   * @returns whether it is new
   * @throws Problem 422 for an invalid key
   */
  async put(key: string, settings: SourceSettings): Promise<boolean> {
    requireKey(key);
    const values: Record<string, unknown> = { ...DEFAULTS, ...settings };
    const [row] = await this.database.query<{ is_new: boolean }>(
      `INSERT INTO sources (key, ${SETTINGS.join(', ')}) VALUES ($1, ${SETTINGS.map((_, index) => `$${index + 2}`).join(', ')})
       ON CONFLICT (lower(key)) DO UPDATE SET updated_at = clock_timestamp(),
         ${SETTINGS.map((name) => `${name} = EXCLUDED.${name}`).join(', ')}
       RETURNING xmax = 0 AS is_new`,
      [key, ...SETTINGS.map((name) => values[name] ?? null)],
    );
    return row?.is_new === true;
  }

  /** Finds a source. One that does not exist has the default settings. @throws Problem 422 for an invalid key */
  async find(key: string): Promise<Source> {
    requireKey(key);
    const [source] = await this.database.query<Source>(
      `SELECT key, ${SETTINGS.join(', ')} FROM sources WHERE lower(key) = lower($1)`,
      [key],
    );
    return source ?? { key, format: null, key_prefix: null, default_domain: null, default_owner: null, ...DEFAULTS };
  }

  /** Creates a source with the default settings unless it exists. */
  async ensure({ key }: Source): Promise<void> {
    await this.database.query(`INSERT INTO sources (key) VALUES ($1) ON CONFLICT DO NOTHING`, [key]);
  }

  /** Deletes a source and what it said last. Its documents stay. @throws Problem 404, 409 `import_in_progress` */
  async remove(key: string): Promise<void> {
    const [row] = await this.database.query<{ deleted: number; running: boolean }>(
      `WITH running AS (SELECT FROM imports WHERE lower(source) = lower($1) AND state = 'running'),
         deleted AS (DELETE FROM sources WHERE lower(key) = lower($1) AND NOT EXISTS (SELECT FROM running) RETURNING key)
       SELECT (SELECT count(*)::int FROM deleted) AS deleted, EXISTS (SELECT FROM running) AS running`,
      [isKey(key) ? key : ''],
    );
    if (row?.running) throw new Problem('import_in_progress', { headers: { 'retry-after': '5' } });
    if (!row?.deleted) throw notFound(key);
  }
}

const notFound = (key: string) => new Problem('not_found', { detail: `There is no source ${quote(key)}.` });

function requireKey(key: string): void {
  if (isKey(key)) return;
  const detail = 'The key of a source must have 1 to 128 letters, digits and . _ - and start with a letter or digit.';
  throw Problem.invalid([{ pointer: '/key', code: 'invalid_format', detail }]);
}
