import { readFileSync } from 'node:fs';
import { describeWithCatalogues, published } from '../../../test/support/catalogues';
import { resources } from '../../../test/support/resources';
import { isObject, type JsonObject, type ReadyDocument } from '../files/catalogue-entry';
import { readImport, type ImportEntry } from './import-source';

async function read(...names: string[]): Promise<ImportEntry[]> {
  const entries: ImportEntry[] = [];
  for await (const entry of readImport(names.map(published), resources)) entries.push(entry);
  return entries;
}

const readyOnes = (entries: ImportEntry[]) =>
  entries.filter((entry) => entry.kind === 'ready') as (ReadyDocument & { path: string })[];

/** All texts and numbers in a value: none of them may be lost. */
function leaves(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(leaves);
  if (isObject(value)) return Object.values(value).flatMap(leaves);
  return value === null || value === '' ? [] : [typeof value === 'string' ? value : JSON.stringify(value)];
}

describeWithCatalogues('samples of the first MDL', () => {
  const DOMAINS = 'mdl/examples/sample-domains.json';
  const METRICS = 'mdl/examples/sample-metrics.json';
  const OBJECTIVES = 'mdl/examples/sample-objectives.json';

  it('are read completely, with their lines', async () => {
    const entries = await read(DOMAINS, METRICS, OBJECTIVES);
    expect(entries.filter((entry) => entry.kind === 'refused')).toEqual([]);
    const ready = readyOnes(entries);
    const count = (resource: string) => ready.filter((document) => document.resource === resource).length;
    expect([count('domains'), count('metrics'), count('objectives')]).toEqual([6, 12, 5]);
    for (const { path, line, key } of ready) {
      const text = readFileSync(path, 'utf8')
        .split('\n')
        .slice(line - 1, line + 2)
        .join('\n');
      expect(text).toContain(`"${key}"`);
    }
  });

  it('are converted without the loss of a value', async () => {
    for (const file of [DOMAINS, METRICS, OBJECTIVES]) {
      const source = JSON.parse(readFileSync(published(file), 'utf8')) as Record<string, unknown>;
      for (const { resource, key, document } of readyOnes(await read(DOMAINS, file)).filter(({ path }) =>
        path.endsWith(file),
      )) {
        const old = (source[resource] as JsonObject[]).find((item) => Object.values(item).includes(key));
        const found = new Set(leaves(document).map((leaf) => leaf.toLowerCase()));
        // These are converted: a name to a key, a word to a slug, a time to a date.
        const converted = ['business_domain', 'category', 'start_date', 'end_date'].map((field) =>
          String(old?.[field]),
        );
        expect(leaves(old).filter((leaf) => !found.has(leaf.toLowerCase()) && !converted.includes(leaf))).toEqual([]);
      }
    }
  });

  it('refer to the domains of the other file by key', async () => {
    const metrics = readyOnes(await read(METRICS, DOMAINS)).filter(({ resource }) => resource === 'metrics');
    expect(new Set(metrics.map(({ document }) => document['business_domain']))).toEqual(
      new Set(['DOMAIN-001', 'DOMAIN-002', 'DOMAIN-003', 'DOMAIN-004', 'DOMAIN-005', 'DOMAIN-006']),
    );
  });

  it('are equal in YAML and JSON', async () => {
    const [yaml, json] = [readyOnes(await read('mdl/examples/sample-metrics.yaml')), readyOnes(await read(METRICS))];
    expect(yaml).toHaveLength(6);
    for (const { key, document } of yaml) expect(document).toEqual(json.find((one) => one.key === key)?.document);
  });

  it.each(['metric', 'domain', 'objective'])('have empty templates that are refused: %s', async (kind) => {
    const entries = await read(`mdl/examples/template-${kind}.json`, `mdl/examples/template-${kind}.yaml`);
    expect(entries).toMatchObject([
      { kind: 'refused', code: 'empty_template' },
      { kind: 'refused', code: 'empty_template' },
    ]);
  });
});

describeWithCatalogues('OpenTelemetry catalogue', () => {
  it('has the form of this service and is not changed', async () => {
    const entries = await read('opentelemetry/domains.ndjson', 'opentelemetry/metrics.ndjson');
    expect(entries.filter((entry) => entry.kind !== 'ready')).toEqual([]);
    const ready = readyOnes(entries);
    expect(ready).toHaveLength(29 + 503);
    const lines = readFileSync(published('opentelemetry/metrics.ndjson'), 'utf8').split('\n');
    for (const { line, document } of ready.slice(29)) expect(document).toEqual(JSON.parse(lines[line - 1] ?? ''));
  });
});
