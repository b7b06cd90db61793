import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { Database } from '../database/database';
import { generatedDomains } from './generated-catalogue';
import { loadGeneratedMetrics } from './generated-load';
import type { ImportReport } from '../exchange/import/import-report';
import type { Progress } from '../exchange/import/progress';
import { importEntries, type PlacedDocument, runImport } from '../exchange/import/run-import';

/** As seen from src/import and from dist/import alike. */
const CATALOGUE = join(__dirname, '../../catalog');
const FILES = ['domains', 'metrics', 'objectives'].map((name) => join(CATALOGUE, `${name}.ndjson`));
const OPTIONS = { onlyMissing: true, actor: 'seed' };

/** Adds what is missing of the project's own catalogue; what is there, changed or deleted, stays as it is. */
export function seedCatalogue(app: INestApplicationContext): Promise<ImportReport> {
  return runImport(app, FILES, OPTIONS);
}

/** Adds what is missing of a generated catalogue of so many metrics and domains. @returns how many were written */
export async function seedGenerated(
  app: INestApplicationContext,
  { metrics, domains }: { metrics: number; domains: number },
  progress?: Progress,
): Promise<{ metrics: number; domains: number }> {
  const source = 'generated domains';
  const entries = generatedDomains(domains).map((document): PlacedDocument => ({
    kind: 'ready',
    path: source,
    resource: 'domains',
    key: document.domain_id ?? '',
    document: { ...document },
    line: 0,
    pointer: '',
  }));
  const report = await importEntries(app, [source], entries, OPTIONS);
  const written = await loadGeneratedMetrics(app.get(Database), metrics, domains, progress);
  return { metrics: written, domains: report.totals().created };
}
