import type { PipeTransform } from '@nestjs/common';
import { readParameters, refuseParameters } from '../pagination/paging';
import type { Violation } from '../problems/violation';
import type { DocumentDefinition } from './document-definition';
import { membersOf, readFlag, readWords } from './list-query';

/** What of one document is asked for. */
export interface ItemQuery {
  fields?: string[] | undefined;
  includeDeleted: boolean;
}

/** Reads the query of one document, for a handler's parameter: `@Query(itemOf(definition))`. */
export const itemOf = (definition: DocumentDefinition): PipeTransform<Record<string, unknown>, ItemQuery> => ({
  transform(raw) {
    const violations: Violation[] = [];
    const query = readParameters(raw, ['fields', 'include_deleted'], violations);
    const fields =
      query.fields === undefined ? undefined : readWords('fields', query.fields, membersOf(definition), violations);
    const includeDeleted = readFlag('include_deleted', query.include_deleted, violations);
    refuseParameters(violations);
    return { fields: fields && [...new Set(fields)], includeDeleted };
  },
});
