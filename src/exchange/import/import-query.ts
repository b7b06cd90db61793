import { type ParsedQuery, parseQuery, type QueryParser } from '../../routing/query-parameters';
import { isKey } from '../../validation/properties';
import { invalidValue, type Violation } from '../../validation/violation';
import {
  CONFLICT_RULES,
  type ConflictRule,
  PRUNE_ACTIONS,
  type PruneAction,
  STATUS_POLICIES,
  type StatusPolicy,
} from '../sources/source';
import { FORMAT_NAMES } from '../formats';
import { IMPORT_MODES, type ImportMode, type ImportOptions } from './import-options';

const YES_NO = ['true', 'false'] as const;

/** The parameters of an import with their values; any text without values. */
export const IMPORT_PARAMETERS = {
  source: { values: [], description: 'The source, which makes the import a repeated one. It is created if it is new.' },
  format: { values: FORMAT_NAMES, description: 'The format of the files; found by their content by default.' },
  unknown: {
    values: ['refuse', 'skip'],
    description:
      'skip: a file without any definition, as a project has them, is a note. refuse (default): it is refused.',
  },
  mode: {
    values: IMPORT_MODES,
    description:
      'merge: what was changed here stays (the default with a source). upsert: existing documents are replaced (the ' +
      'default without one). create: existing keys are refused.',
  },
  dry_run: { values: YES_NO, description: 'Check everything and write nothing.' },
  refs: {
    values: ['lenient', 'strict'],
    description: 'lenient (default): references to unknown keys are stored and listed. strict: they are refused.',
  },
  prune: {
    values: PRUNE_ACTIONS,
    description: 'What happens with documents that the source no longer has. Default: the setting of the source.',
  },
  status: {
    values: STATUS_POLICIES,
    description: 'keep: new documents are drafts, others keep their status. source: take it where that is allowed.',
  },
  on_conflict: {
    values: CONFLICT_RULES,
    description: 'Whose value stays where both sides have changed a member. Default: the setting of the source.',
  },
  atomic: {
    values: YES_NO,
    description: 'true (default): all documents or none, up to 20,000. false: all that are valid.',
  },
} as const satisfies Record<string, { values: readonly string[]; description: string }>;

export type ImportParameter = keyof typeof IMPORT_PARAMETERS;

/** The query of an import. */
export type ImportQuery = ParsedQuery & { options: ImportOptions };

/** The parser of the options of an import, for HTTP and the command line. */
export const importQuery: QueryParser<ImportQuery> = {
  parse: (query) =>
    parseQuery(query, Object.keys(IMPORT_PARAMETERS), (parameters, violations) => ({
      options: optionsOf(parameters, violations),
      canonical: new URLSearchParams(parameters).toString(),
    })),
};

function optionsOf(parameters: Readonly<Record<string, string>>, violations: Violation[]): ImportOptions {
  const choice = <T extends string>(name: ImportParameter): T | undefined => {
    const value = parameters[name];
    const { values }: { values: readonly string[] } = IMPORT_PARAMETERS[name];
    if (value !== undefined && values.length > 0 && !values.includes(value))
      violations.push(invalidValue(name, `${name} must be ${values.join(' or ')}.`));
    return value as T | undefined;
  };
  const { source } = parameters;
  if (source !== undefined && !isKey(source))
    violations.push(invalidValue('source', 'source must be a key: letters, digits and . _ -'));
  const options = {
    source,
    format: choice('format'),
    skipUnknown: choice('unknown') === 'skip',
    mode: choice<ImportMode>('mode'),
    dryRun: choice('dry_run') === 'true',
    strict: choice('refs') === 'strict',
    prune: choice<PruneAction>('prune'),
    status: choice<StatusPolicy>('status'),
    onConflict: choice<ConflictRule>('on_conflict'),
    atomic: choice('atomic') !== 'false',
  };
  const needSource = { mode: options.mode === 'merge', prune: options.prune, on_conflict: options.onConflict };
  for (const [name, isGiven] of Object.entries(needSource))
    if (isGiven && source === undefined) violations.push(invalidValue(name, `${name} needs a source.`));
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
