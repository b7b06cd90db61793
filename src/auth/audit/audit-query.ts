import { CURSOR_PARAMETERS, type Paging, pagingParameters, readPaging } from '../../pagination/paging';
import { type ParsedQuery, parseQuery, type QueryParser } from '../../routing/query-parameters';
import { AUDIT_ACTIONS } from './audit-entry.entity';

const FILTERS = ['actor', 'action', 'subject'] as const;

/** The query of a page of the audit log. */
export interface AuditQuery extends ParsedQuery {
  readonly paging: Paging;
  /** Columns, each with the value it must have. */
  readonly filters: (readonly [column: (typeof FILTERS)[number], value: string])[];
}

/** The query parser of the audit log. */
export const auditQuery: QueryParser<AuditQuery> = {
  parse: (query) =>
    parseQuery(query, [...CURSOR_PARAMETERS, ...FILTERS], (parameters, violations) => {
      const paging = readPaging({ cursor: '', ...parameters }, violations);
      const action = parameters.action?.toLowerCase();
      if (action !== undefined && !AUDIT_ACTIONS.some((known) => known === action))
        violations.push({
          parameter: 'action',
          code: 'invalid_value',
          detail: `action must be one of ${AUDIT_ACTIONS.join(', ')}.`,
        });
      const filters = FILTERS.flatMap((column) => {
        const value = column === 'action' ? action : parameters[column];
        return value === undefined ? [] : [[column, value] as const];
      });
      const canonical = new URLSearchParams({ ...Object.fromEntries(filters), ...pagingParameters(paging) }).toString();
      return { paging, filters, canonical };
    }),
};
