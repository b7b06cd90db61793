import { Index } from 'typeorm';
import type { DocumentField, DocumentFields } from './document-fields';

/** The names of the indexes that a queryable field needs, for its filters, its sort order and `missing`. */
export function indexesOf(table: string, name: string, { match, sortable, missing }: DocumentField): string[] {
  return [
    ...(match !== undefined || sortable ? [`${table}_${name}_idx`] : []),
    // Filters by the field and returns rows in the default order.
    ...(match === 'equals' && sortable ? [`${table}_${name}_newest_idx`] : []),
    ...(missing === undefined ? [] : [`${table}_missing_${name}_idx`]),
  ];
}

/** The name of the index of the default list: live documents, newest first. */
export const liveIndex = (table: string) => `${table}_live_idx`;

/**
 * Class decorator: declares the indexes of the fields to TypeORM as created by migrations, because its schema builder
 * does not support expression indexes. The drift test then ignores them; the index test proves that each exists and is
 * used.
 */
export function IndexedFields(table: string, fields: DocumentFields): ClassDecorator {
  const names = Object.entries(fields).flatMap(([name, field]) => indexesOf(table, name, field));
  return (target) => {
    for (const name of [...names, liveIndex(table)]) Index(name, { synchronize: false })(target);
  };
}
