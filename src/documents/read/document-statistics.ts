import type { Database } from '../../database/database';
import { Representation } from '../../responses/representation';
import type { DocumentDefinition } from '../definition/document-definition';
import type { DocumentField } from '../definition/document-fields';

/** Maximum number of values per facet. */
const MAX_VALUES = 100;

/**
 * Counts the live documents of a resource by the values of each facet, most frequent first. Documents without a value
 * are not counted.
 */
export async function countDocuments(
  database: Database,
  { resource, fields }: DocumentDefinition,
): Promise<Representation> {
  const facets = Object.entries(fields).filter(([, { facet }]: [string, DocumentField]) => facet);
  const counts = facets.map(([name, { sql, match }]) => {
    const value = match === 'contains' ? 'value' : sql;
    const from = match === 'contains' ? `${resource}, jsonb_array_elements_text(${sql}) AS value` : resource;
    return `'by_${name}', (SELECT coalesce(json_agg(json_build_object('value', value, 'count', count)), '[]') FROM (
      SELECT ${value} AS value, count(*) AS count FROM ${from} WHERE deleted_at IS NULL AND ${value} <> ''
      GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${MAX_VALUES}) AS facet)`;
  });
  const [row] = await database.query<{ json: string }>(
    `SELECT json_build_object(
       'total', (SELECT count(*) FROM ${resource} WHERE deleted_at IS NULL), ${counts.join(', ')})::text AS json`,
  );
  return new Representation(row?.json ?? '{}');
}
