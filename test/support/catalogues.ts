import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = process.env['MDL_CATALOGUES'] ?? resolve(__dirname, '../../../shared/catalogs');

/** A file of the published catalogues, which are no part of the project. */
export const published = (name: string): string => join(folder, name);

/** `describe` for tests that need the published catalogues: where they are absent it says so and skips. */
export function describeWithCatalogues(name: string, tests: () => void): void {
  if (existsSync(folder)) return describe(name, tests);
  console.warn(`SKIPPED: “${name}”: no catalogues at ${folder}; set MDL_CATALOGUES to test with real ones`);
  describe.skip(name, tests);
}
