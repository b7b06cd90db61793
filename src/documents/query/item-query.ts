import { CURSOR_PARAMETERS, type Paging, pagingParameters, readPaging } from '../../pagination/paging';
import { type ParsedQuery, parseQuery, type QueryParser } from '../../routing/query-parameters';
import type { DocumentDefinition } from '../definition/document-definition';
import { readFields, readIncludeDeleted, selectionParameters } from './list-query';

/** The query of one revision. */
export interface RevisionQuery extends ParsedQuery {
  readonly includeDeleted: boolean;
}

/** The query of one document. */
export interface ItemQuery extends RevisionQuery {
  /** The members to return; all by default. */
  readonly fields?: string[] | undefined;
}

/** The query of a page of revisions. */
export interface HistoryQuery extends RevisionQuery {
  readonly paging: Paging;
}

/** The query parser of a route that returns one document. */
export const itemQuery = (definition: DocumentDefinition): QueryParser<ItemQuery> => ({
  parse: (query) =>
    parseQuery(query, ['fields', 'include_deleted'], (parameters, violations) => {
      const fields = readFields(definition, parameters, violations);
      const includeDeleted = readIncludeDeleted(parameters, violations);
      const canonical = new URLSearchParams(selectionParameters({ fields, includeDeleted })).toString();
      return { fields, includeDeleted, canonical };
    }),
});

/** The query parser of a list of revisions. */
export const historyQuery: QueryParser<HistoryQuery> = {
  parse: (query) =>
    parseQuery(query, [...CURSOR_PARAMETERS, 'include_deleted'], (parameters, violations) => {
      const includeDeleted = readIncludeDeleted(parameters, violations);
      const paging = readPaging({ cursor: '', ...parameters }, violations);
      const canonical = { ...selectionParameters({ includeDeleted }), ...pagingParameters(paging) };
      return { paging, includeDeleted, canonical: new URLSearchParams(canonical).toString() };
    }),
};

/** The query parser of one revision. */
export const revisionQuery: QueryParser<RevisionQuery> = {
  parse: (query) =>
    parseQuery(query, ['include_deleted'], (parameters, violations) => {
      const includeDeleted = readIncludeDeleted(parameters, violations);
      return { includeDeleted, canonical: new URLSearchParams(selectionParameters({ includeDeleted })).toString() };
    }),
};
