import type { PipeTransform } from '@nestjs/common';
import { readParameters, refuseParameters } from '../../pagination/paging';
import type { Violation } from '../../validation/violation';
import type { DocumentDefinition } from '../definition/document-definition';
import { readFields, readFlag, shownParameters } from './list-query';

/** What of one document is asked for. */
export interface ItemQuery {
  fields?: string[] | undefined;
  includeDeleted: boolean;
  /** The query as URL parameters in canonical form. */
  canonical: string;
}

/** Reads the query of one document, for a handler's parameter: `@Query(itemOf(definition))`. */
export const itemOf = (definition: DocumentDefinition): PipeTransform<Record<string, unknown>, ItemQuery> => ({
  transform(raw) {
    const violations: Violation[] = [];
    const query = readParameters(raw, ['fields', 'include_deleted'], violations);
    const fields = readFields(definition, query.fields, violations);
    const includeDeleted = readFlag('include_deleted', query.include_deleted, violations);
    refuseParameters(violations);
    const canonical = new URLSearchParams(shownParameters({ fields, includeDeleted })).toString();
    return { fields, includeDeleted, canonical };
  },
});
