import { Index } from 'typeorm';
import type { DocumentFields } from './document-fields';

/** The index of a queryable field: `metrics_owner_idx`. */
export const indexName = (table: string, field: string) => `${table}_${field}_idx`;

/**
 * Tells TypeORM that the indexes of the fields are hand-written (expressions are beyond its schema builder), so that the
 * drift check is silent about them; test/schema proves that each exists and is used.
 */
export function IndexedFields(table: string, fields: DocumentFields): ClassDecorator {
  return (target) => {
    for (const field of Object.keys(fields)) Index(indexName(table, field), { synchronize: false })(target);
  };
}
