import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { IMPORT_PARAMETERS, importQuery } from '../exchange/import/import-query';
import { Problem } from '../problems/problem';
import { UsageError } from './command';

/** The files of a folder that an import reads. */
const EXTENSION = /\.(ya?ml|json|ndjson|csv)$/i;

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
  const parameters = Object.fromEntries(
    Object.keys(IMPORT_PARAMETERS).flatMap((name) => {
      const value = given[optionOf(name)];
      return value === undefined ? [] : [[name, String(value)]];
    }),
  );
  try {
    return { paths: positionals.flatMap(filesAt), ...importQuery.parse(parameters), parameters, json: json === true };
  } catch (error) {
    const [violation] = error instanceof Problem ? error.errors : [];
    if (!violation) throw error;
    const { parameter = '', detail } = violation;
    throw new UsageError(`--${detail.replace(parameter, optionOf(parameter)).replace(/\.$/, '')}`);
  }
}

/** A file, or the files of a folder and of the folders in it. One that does not exist is reported by the import. */
function filesAt(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
  const files = readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.isDirectory()) return filesAt(join(path, entry.name));
      return EXTENSION.test(entry.name) ? [join(path, entry.name)] : [];
    });
  return files;
}
