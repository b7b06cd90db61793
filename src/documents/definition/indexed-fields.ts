import { Index } from 'typeorm';
import type { DocumentField, DocumentFields } from './document-fields';

/** The indexes of a queryable field: what finds or sorts by it, and what it may be missing. */
export function indexesOf(table: string, name: string, { match, sortable, missing }: DocumentField): string[] {
  const asked = match !== undefined || sortable === true;
  return [
    ...(asked ? [`${table}_${name}_idx`] : []),
    // Found by this field, shown in the default order.
    ...(match === 'equals' && sortable ? [`${table}_${name}_newest_idx`] : []),
    ...(missing === undefined ? [] : [`${table}_missing_${name}_idx`]),
  ];
}

/** The index of the default list: live documents, newest first. */
export const liveIndex = (table: string) => `${table}_live_idx`;

/**
 * Tells TypeORM that the indexes of the fields are hand-written (expressions are beyond its schema builder), so that the
 * drift check is silent about them; test/schema proves that each exists and is used.
 */
export function IndexedFields(table: string, fields: DocumentFields): ClassDecorator {
  const names = Object.entries(fields).flatMap(([name, field]) => indexesOf(table, name, field));
  return (target) => {
    for (const name of [...names, liveIndex(table)]) Index(name, { synchronize: false })(target);
  };
}
