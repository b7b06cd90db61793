import { type ParsedQuery, parseQuery, type QueryParser } from '../../routing/query-parameters';
import type { DocumentDefinition } from '../definition/document-definition';
import { readFields, readFlag, shownParameters } from './list-query';

/** The query of one document. */
export interface ItemQuery extends ParsedQuery {
  /** The members to show; all without it. */
  readonly fields?: string[] | undefined;
  readonly includeDeleted: boolean;
}

/** The query parser of a route that shows one document. */
export const itemQuery = (definition: DocumentDefinition): QueryParser<ItemQuery> => ({
  parse: (query) =>
    parseQuery(query, ['fields', 'include_deleted'], (parameters, violations) => {
      const fields = readFields(definition, parameters.fields, violations);
      const includeDeleted = readFlag('include_deleted', parameters.include_deleted, violations);
      const canonical = new URLSearchParams(shownParameters({ fields, includeDeleted })).toString();
      return { fields, includeDeleted, canonical };
    }),
});
