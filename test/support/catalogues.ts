import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = process.env['MDL_CATALOGUES'] ?? resolve(__dirname, '../../../shared/catalogs');

/** The path of a file of the public catalogues, which are not part of this repository. */
export const published = (name: string): string => join(folder, name);

/** `describe` for tests with the public catalogues. Without them it prints a warning and skips the tests. */
export function describeWithCatalogues(name: string, tests: () => void): void {
  if (existsSync(folder)) return describe(name, tests);
  console.warn(`SKIPPED: “${name}”: there are no catalogues at ${folder}; set MDL_CATALOGUES to their folder`);
  describe.skip(name, tests);
}
