import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The files of a folder and its folders, in order; a file itself. */
export function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => join(entry.parentPath, entry.name)).sort();
}
