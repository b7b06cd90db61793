import { type ParsedQuery, parseQuery, type QueryParser } from '../../routing/query-parameters';
import type { BulkOptions } from './bulk-result';

/** The query parameters of a bulk request with their values; the first value is the default. */
export const BULK_PARAMETERS = {
  mode: ['create', 'upsert'],
  atomic: ['true', 'false'],
  dry_run: ['false', 'true'],
  refs: ['strict', 'lenient'],
} as const;

/** The query of a bulk request. */
export type BulkQuery = ParsedQuery & BulkOptions;

/** The query parser of a bulk route. */
export const bulkQuery: QueryParser<BulkQuery> = {
  parse: (query) =>
    parseQuery(query, Object.keys(BULK_PARAMETERS), (parameters, violations) => {
      const choice = (parameter: keyof typeof BULK_PARAMETERS): string => {
        const values: readonly string[] = BULK_PARAMETERS[parameter];
        const value = parameters[parameter] ?? values[0] ?? '';
        if (!values.includes(value))
          violations.push({
            parameter,
            code: 'invalid_value',
            detail: `${parameter} must be one of ${values.join(', ')}.`,
          });
        return value;
      };
      return {
        mode: choice('mode') === 'upsert' ? 'upsert' : 'create',
        atomic: choice('atomic') === 'true',
        dryRun: choice('dry_run') === 'true',
        lenient: choice('refs') === 'lenient',
        canonical: new URLSearchParams(parameters).toString(),
      };
    }),
};
