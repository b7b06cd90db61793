import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runImport } from '../../src/exchange/import/run-import';
import { TestApp } from './app';

/** What the service adds to a document. */
const SERVER_MEMBERS = ['version', 'created_at', 'updated_at'];

/** The export of one resource. `canonical` has its members in alphabetical order and none of the service's own. */
export interface Exported {
  resource: string;
  text: string;
  documents: Record<string, unknown>[];
  canonical: string;
}

/** Everything a service holds, as it exports it. */
export async function exportAll(app: TestApp): Promise<Exported[]> {
  const resources = ['domains', 'metrics', 'objectives'];
  const texts = [];
  for (const resource of resources) texts.push(await app.get(`/api/v1/${resource}/export`));
  return texts.map(({ text }, index) => {
    const lines = text.trimEnd().split('\n');
    const values = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const canonical = values.map((value) => JSON.stringify(sorted(value, SERVER_MEMBERS))).join('\n');
    return { resource: resources[index] ?? '', text, documents: values.slice(0, -1), canonical };
  });
}

/** Exports everything, imports the files into an empty database and exports that: each export as its canonical text. */
export async function roundThroughFiles(app: TestApp): Promise<{ before: string[]; after: string[] }> {
  const before = await exportAll(app);
  const folder = mkdtempSync(join(tmpdir(), 'mdl-round-'));
  const paths = before.map(({ resource }) => join(folder, `${resource}.ndjson`));
  for (const [index, path] of paths.entries()) writeFileSync(path, before[index]?.text ?? '');
  const copy = await TestApp.start();
  try {
    const report = await runImport(copy.app, paths, { strict: true });
    if (report.exitCode() !== 0) throw new Error(report.toText());
    const after = await exportAll(copy);
    return { before: before.map(({ canonical }) => canonical), after: after.map(({ canonical }) => canonical) };
  } finally {
    await copy.stop();
    rmSync(folder, { recursive: true });
  }
}

function sorted(value: unknown, without: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map((item) => sorted(item));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([name]) => !without.includes(name));
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, item]) => [name, sorted(item)]));
}
