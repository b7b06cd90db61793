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

/** Which part of the audit log is asked for. */
export interface AuditQuery {
  paging: Paging;
  /** Each a column and the value it must have. */
  filters: (readonly [column: (typeof FILTERS)[number], value: string])[];
}

/** Reads the query of the audit log, for a handler's parameter: `@Query(auditQuery)`. */
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

/** The query as URL parameters in canonical form. */
export const canonicalQuery = ({ filters, paging }: AuditQuery): string =>
  new URLSearchParams({ ...Object.fromEntries(filters), ...pagingParameters(paging) }).toString();
