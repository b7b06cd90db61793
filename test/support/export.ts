import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DocumentStores } from '../../src/documents/document-stores';
import { reportText } from '../../src/exchange/import/report-text';
import { runImport } from '../../src/exchange/import/run-import';
import { TestApp } from './app';

/** The members that the service adds to a document. */
const SERVER_MEMBERS = ['version', 'created_at', 'updated_at'];

/** The export of one resource. `canonical` has sorted members and none that the service adds. */
export interface Exported {
  resource: string;
  text: string;
  documents: Record<string, unknown>[];
  canonical: string;
}

/** Exports every registered resource. */
export async function exportAll(app: TestApp): Promise<Exported[]> {
  const exported: Exported[] = [];
  for (const { definition } of app.app.get(DocumentStores).all) {
    const { resource } = definition;
    const { text } = await app.get(`/api/v1/${resource}/export`);
    const lines = text.trimEnd().split('\n');
    const values = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const canonical = values.map((value) => JSON.stringify(sorted(value, SERVER_MEMBERS))).join('\n');
    exported.push({ resource, text, documents: values.slice(0, -1), canonical });
  }
  return exported;
}

/**
 * Exports everything, imports the files into an empty database and exports that.
 *
 * @returns the canonical text of each export, by resource
 */
export async function exportAndReimport(app: TestApp): Promise<Record<'before' | 'after', Record<string, string>>> {
  const before = await exportAll(app);
  const folder = mkdtempSync(join(tmpdir(), 'mdl-round-trip-'));
  const copy = await TestApp.start();
  try {
    const paths = before.map(({ resource, text }) => {
      const path = join(folder, `${resource}.ndjson`);
      writeFileSync(path, text);
      return path;
    });
    const report = await runImport(copy.app, paths, { strict: true });
    if (report.exitCode() !== 0) throw new Error(reportText(report.toJson()));
    return { before: canonicalTexts(before), after: canonicalTexts(await exportAll(copy)) };
  } finally {
    await copy.stop();
    rmSync(folder, { recursive: true });
  }
}

const canonicalTexts = (exported: Exported[]): Record<string, string> =>
  Object.fromEntries(exported.map(({ resource, canonical }) => [resource, canonical]));

function sorted(value: unknown, without: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map((item) => sorted(item));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([name]) => !without.includes(name));
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, item]) => [name, sorted(item)]));
}
