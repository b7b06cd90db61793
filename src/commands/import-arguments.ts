import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { IMPORT_PARAMETERS, importQuery } from '../exchange/import/import-query';
import { Problem } from '../problems/problem';
import { UsageError } from './command';

/** The files of a folder that an import reads. */
const EXTENSION = /\.(ya?ml|json|ndjson|csv)$/i;

/** What dbt writes or installs in a project. */
const GENERATED = ['target', 'dbt_packages', 'dbt_modules', 'logs'];

const optionOf = (parameter: string) => parameter.replaceAll('_', '-');

/** Parses the arguments of `npm run import`. @throws UsageError */
export function importArguments(args: string[]) {
  const names = Object.keys(IMPORT_PARAMETERS).filter((name) => name !== 'dry_run');
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...Object.fromEntries(names.map((name) => [optionOf(name), { type: 'string' as const }])),
      'dry-run': { type: 'boolean' },
      json: { type: 'boolean' },
    },
  });
  if (positionals.length === 0) throw new UsageError('at least one file is required');
  const { json = false, ...given } = values as Record<string, string | boolean | undefined>;
  const parameters: Record<string, string> = positionals.some(isFolder) ? { unknown: 'skip' } : {};
  for (const name of Object.keys(IMPORT_PARAMETERS)) {
    const value = given[optionOf(name)];
    if (value !== undefined) parameters[name] = String(value);
  }
  try {
    return { paths: positionals.flatMap(filesAt), ...importQuery.parse(parameters), parameters, json: json === true };
  } catch (error) {
    const [violation] = error instanceof Problem ? error.errors : [];
    if (!violation) throw error;
    const { parameter = '', detail } = violation;
    throw new UsageError(`--${detail.replace(parameter, optionOf(parameter)).replace(/\.$/, '')}`);
  }
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/**
 * A file, or the files of a folder and of the folders in it, without hidden ones and what dbt generates. A file that
 * does not exist is reported by the import.
 */
function filesAt(path: string): string[] {
  if (!isFolder(path)) return [path];
  const entries = readdirSync(path, { withFileTypes: true });
  const isProject = entries.some(({ name }) => name === 'dbt_project.yml');
  return entries
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
    .filter(({ name }) => !isProject || !GENERATED.includes(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.isDirectory()) return filesAt(join(path, entry.name));
      return EXTENSION.test(entry.name) ? [join(path, entry.name)] : [];
    });
}
