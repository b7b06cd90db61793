import type { PipeTransform } from '@nestjs/common';
import {
  CURSOR_PARAMETERS,
  type Paging,
  pagingParameters,
  readPaging,
  readParameters,
  refuseParameters,
} from '../../pagination/paging';
import type { Violation } from '../../validation/violation';
import { AUDIT_ACTIONS } from './audit-entry.entity';

const FILTERS = ['actor', 'action', 'subject'] as const;

/** The parsed query string of the audit log. */
export interface AuditQuery {
  paging: Paging;
  /** Columns and the value that each must equal. */
  filters: (readonly [column: (typeof FILTERS)[number], value: string])[];
}

/**
 * Parses the query string of the audit log: `@Query(auditQuery)`.
 *
 * @throws Problem 400 `invalid_parameter`, which names every violation
 */
export const auditQuery: PipeTransform<Record<string, unknown>, AuditQuery> = {
  transform(query) {
    const violations: Violation[] = [];
    const parameters = readParameters(query, [...CURSOR_PARAMETERS, ...FILTERS], violations);
    const paging = readPaging({ cursor: '', ...parameters }, violations);
    const { action } = parameters;
    if (action !== undefined && !AUDIT_ACTIONS.some((known) => known === action))
      violations.push({
        parameter: 'action',
        code: 'invalid_value',
        detail: `action must be one of ${AUDIT_ACTIONS.join(', ')}.`,
      });
    refuseParameters(violations);
    return {
      paging,
      filters: FILTERS.flatMap((column) => {
        const value = parameters[column];
        return value === undefined ? [] : [[column, value] as const];
      }),
    };
  },
};

/** The query string in canonical form, without defaults. */
export const canonicalQuery = ({ filters, paging }: AuditQuery): string =>
  new URLSearchParams({ ...Object.fromEntries(filters), ...pagingParameters(paging) }).toString();
