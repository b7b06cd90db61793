import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { Problem } from '../../problems/problem';
import type { ImportOptions } from './import-options';
import type { ImportReportJson } from './import-report';

/** After this time without a heartbeat the process of a running import has ended. */
const SILENT = `interval '60 seconds'`;
/** Records that are older, or older than the newest 1,000, are deleted. */
const RETENTION_DAYS = 30;
const MAX_RECORDS = 1000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const IMPORT_STATES = ['running', 'done', 'refused', 'failed', 'interrupted'] as const;

/** An import as a client sees it. */
export interface ImportRecord {
  id: string;
  source: string | null;
  state: (typeof IMPORT_STATES)[number];
  actor: string;
  /** Documents. */
  processed: number;
  total: number;
  created_at: string;
  finished_at: string | null;
  report: ImportReportJson | null;
  error: { code: string; detail: string } | null;
  /** The error of a failed import, for the process that ran it. */
  failure?: unknown;
}

const time = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS ${column}`;
const SUMMARY = `id, source, actor, processed, total, ${time('created_at')}, ${time('finished_at')},
  CASE WHEN state = 'running' AND updated_at < now() - ${SILENT} THEN 'interrupted' ELSE state END AS state`;

/** The records of imports: their progress and reports. */
@Injectable()
export class ImportRecords {
  constructor(private readonly database: Database) {}

  /** Records a new import. @returns false while another one of the same source is running */
  async insert(id: string, source: string | undefined, options: ImportOptions, actor: string): Promise<boolean> {
    await this.database.query(
      `UPDATE imports SET state = 'interrupted', finished_at = updated_at
       WHERE state = 'running' AND lower(source) = lower($1) AND updated_at < now() - ${SILENT}`,
      [source ?? null],
    );
    const rows = await this.database.query(
      `INSERT INTO imports (id, source, options, state, actor) VALUES ($1, $2, $3, 'running', $4)
       ON CONFLICT (lower(source)) WHERE state = 'running' DO NOTHING RETURNING id`,
      [id, source ?? null, JSON.stringify(options), actor],
    );
    return rows.length > 0;
  }

  /** Records that an import is running. */
  async beat(id: string, { processed, total }: Pick<ImportRecord, 'processed' | 'total'>): Promise<void> {
    await this.database.query(
      `UPDATE imports SET updated_at = now(), processed = $2, total = $3 WHERE id = $1 AND state = 'running'`,
      [id, processed, total],
    );
  }

  /** Records the end of an import. */
  async end(
    id: string,
    { state, report = null, error = null }: { state: ImportRecord['state']; report?: unknown; error?: unknown },
    { processed, total }: Pick<ImportRecord, 'processed' | 'total'>,
  ): Promise<void> {
    await this.database.query(
      `UPDATE imports SET state = $2, report = $3, error = $4, processed = $5, total = $6,
         updated_at = clock_timestamp(), finished_at = clock_timestamp() WHERE id = $1`,
      [id, state, report && JSON.stringify(report), error && JSON.stringify(error), processed, total],
    );
  }

  /** @throws Problem 404 */
  async read(id: string): Promise<ImportRecord> {
    const sql = `SELECT ${SUMMARY}, report, error FROM imports WHERE id = $1`;
    const [record] = UUID.test(id) ? await this.database.query<ImportRecord>(sql, [id]) : [];
    if (!record) throw new Problem('not_found', { detail: 'There is no such import.' });
    return record;
  }

  /** The newest 100 imports, without their reports. */
  list(): Promise<Omit<ImportRecord, 'report' | 'error'>[]> {
    return this.database.query(`SELECT ${SUMMARY} FROM imports ORDER BY imports.created_at DESC, id LIMIT 100`);
  }

  /** Deletes old records. */
  async deleteOld(): Promise<void> {
    await this.database.query(
      `DELETE FROM imports WHERE state <> 'running' AND (created_at < now() - interval '${RETENTION_DAYS} days'
         OR created_at < (SELECT created_at FROM imports ORDER BY created_at DESC OFFSET ${MAX_RECORDS} LIMIT 1))`,
    );
  }
}
