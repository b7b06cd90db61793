import { type ParsedQuery, parseQuery, type QueryParser } from '../../routing/query-parameters';
import { invalidValue } from '../../validation/violation';
import type { BulkOptions } from './bulk-result';

/** The query parameters of a bulk request with their values; the first value is the default. */
export const BULK_PARAMETERS = {
  mode: { values: ['create', 'upsert'], description: 'Whether existing keys are refused or replaced.' },
  atomic: { values: ['true', 'false'], description: 'true: all items or none. false: all valid items (207).' },
  dry_run: { values: ['false', 'true'], description: 'Validate everything and write nothing.' },
  refs: {
    values: ['strict', 'lenient'],
    description: 'strict: refuse references to unknown keys. lenient: accept and list them.',
  },
};

/** The query of a bulk request. */
export type BulkQuery = ParsedQuery & BulkOptions;

/** The query parser of a bulk route. */
export const bulkQuery: QueryParser<BulkQuery> = {
  parse: (query) =>
    parseQuery(query, Object.keys(BULK_PARAMETERS), (parameters, violations) => {
      const choice = (parameter: keyof typeof BULK_PARAMETERS): string => {
        const { values } = BULK_PARAMETERS[parameter];
        const value = parameters[parameter] ?? values[0] ?? '';
        if (!values.includes(value))
          violations.push(invalidValue(parameter, `${parameter} must be one of ${values.join(', ')}.`));
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
