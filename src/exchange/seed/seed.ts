import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { Database } from '../../database/database';
import type { ImportReport } from '../import/import-report';
import type { Progress } from '../import/progress';
import { ImportEngine } from '../import/import-engine';
import type { ImportEntry } from '../import/import-source';
import { runImport } from '../import/run-import';
import { generatedDomains } from './generated-catalogue';
import { loadGeneratedMetrics } from './generated-load';

/** The same path from src/ and from dist/. */
const CATALOGUE = join(__dirname, '../../../catalog');
const FILES = ['domains', 'metrics', 'objectives'].map((name) => join(CATALOGUE, `${name}.ndjson`));
const OPTIONS = { onlyMissing: true, atomic: false, actor: 'seed' };

/** Adds the missing documents of the catalogue in catalog/. Existing documents, also deleted ones, are not changed. */
export function seedCatalogue(app: INestApplicationContext): Promise<ImportReport> {
  return runImport(app, FILES, OPTIONS);
}

/** Adds the missing documents of a generated catalogue. @returns the number of inserted documents */
export async function seedGenerated(
  app: INestApplicationContext,
  { metrics, domains }: { metrics: number; domains: number },
  progress?: Progress,
): Promise<{ metrics: number; domains: number }> {
  const source = 'generated domains';
  const entries = generatedDomains(domains).map((document): ImportEntry => ({
    kind: 'ready',
    path: source,
    resource: 'domains',
    key: document.domain_id ?? '',
    document: { ...document },
    line: 0,
    pointer: '',
  }));
  const report = await app.get(ImportEngine).importEntries([{ path: source, name: source }], entries, OPTIONS);
  const written = await loadGeneratedMetrics(app.get(Database), metrics, domains, progress);
  return { metrics: written, domains: report.totals().created };
}
