import { randomUUID } from 'node:crypto';
import type { Database } from '../../database/database';
import type { MetricDto } from '../../metrics/dto/metric.dto';
import { generatedMetric } from './generated-catalogue';
import type { Progress } from '../import/progress';

/** Metrics per statement. */
const BATCH = 2000;

/**
 * Inserts rows and revisions of valid documents. Skips existing keys, and documents that refer to a deleted domain or
 * to a deleted or archived metric.
 */
const INSERT = `
  WITH given AS (
    SELECT document.key, document.status, document.data, domains.id AS domain_id
    FROM jsonb_to_recordset($1::jsonb) AS document (key text, status text, data jsonb)
    LEFT JOIN domains ON lower(domains.key) = lower(document.data ->> 'business_domain') AND deleted_at IS NULL
    WHERE (domains.id IS NOT NULL OR NOT document.data ? 'business_domain')
      AND NOT EXISTS (
        SELECT FROM metrics AS named
        WHERE lower(named.key) = ANY(ARRAY(
          SELECT lower(jsonb_array_elements_text(coalesce(document.data -> 'depends_on', '[]')))
          UNION ALL SELECT lower(document.data ->> 'replaced_by')))
        AND (named.deleted_at IS NOT NULL OR named.status = 'archived'))
  ), written AS (
    INSERT INTO metrics (key, status, data, domain_id) SELECT key, status, data, domain_id FROM given
    ON CONFLICT (lower(key)) DO NOTHING RETURNING *
  ), whole AS (
    SELECT *, data || jsonb_build_object('metric_id', key, 'status', status) AS document FROM written
  ), revision AS (
    INSERT INTO revisions (resource, document_id, key, version, change, actor, request_id, changed_fields, breaking, data, created_at)
    SELECT 'metrics', id, key, version, 'created', 'seed', $2,
      ARRAY(SELECT jsonb_object_keys(document) COLLATE "C" ORDER BY 1), false, document, updated_at FROM whole
  ) SELECT count(*)::int AS count FROM written`;

/**
 * Inserts the missing ones of the first `count` generated metrics. For speed it writes SQL instead of calling the
 * service.
 *
 * @returns the number of inserted metrics
 */
export async function loadGeneratedMetrics(
  database: Database,
  count: number,
  domains: number,
  progress?: Progress,
): Promise<number> {
  const requestId = randomUUID();
  let written = 0;
  progress?.start(count);
  for (let start = 0; start < count; start += BATCH) {
    const length = Math.min(BATCH, count - start);
    const rows = Array.from({ length }, (_, index) => toRow(generatedMetric(start + index, domains)));
    const [result] = await database.query<{ count: number }>(INSERT, [JSON.stringify(rows), requestId]);
    written += result?.count ?? 0;
    progress?.advance(length);
  }
  // The planner needs statistics, and index-only scans need the visibility map.
  for (const table of ['domains', 'metrics', 'revisions']) await database.query(`VACUUM ANALYZE ${table}`);
  return written;
}

const toRow = ({ metric_id: key, status, ...data }: MetricDto) => ({ key, status, data });
