import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithCatalogues, published } from '../../../test/support/catalogues';
import { filesIn } from '../../../test/support/files-in';
import { resources } from '../../../test/support/resources';
import type { JsonObject } from '../files/catalogue-entry';
import { parseYaml } from '../files/yaml-text';
import { readImport } from '../import/import-source';
import { dbtFormat } from './dbt-format';

import { writeDbt } from './write-dbt';

type Losses = Record<string, number>;

async function exported(documents: readonly JsonObject[], losses: Losses = {}): Promise<string> {
  let text = '';
  const stream = (async function* () {
    for (const document of documents) yield await Promise.resolve(document);
  })();
  const lose = (name: string) => (losses[name] = (losses[name] ?? 0) + 1);
  for await (const chunk of writeDbt(stream, lose)) text += chunk;
  return text;
}

function imported(text: string): JsonObject[] {
  const parts = parseYaml(text).map((parsed) => ({ path: 'export.yml', parsed }));
  const entries = [...dbtFormat.read(parts)];
  expect(entries.filter(({ kind }) => kind === 'refused')).toEqual([]);
  return entries.flatMap((entry) => (entry.kind === 'ready' ? [entry.document] : []));
}

const byKey = (documents: readonly JsonObject[]) =>
  new Map(documents.map((document) => [document['metric_id'], document]));

const ndjson = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as JsonObject);

/** Returns the text of the export. */
async function expectFixedPoint(documents: readonly JsonObject[]): Promise<string> {
  const text = await exported(documents);
  const once = imported(text);
  expect(once).toHaveLength(documents.length);
  expect(byKey(once)).toEqual(byKey(documents));
  expect(byKey(imported(await exported(once)))).toEqual(byKey(documents));
  return text;
}

describe('writeDbt', () => {
  it('has the catalogue of this repository as a fixed point', async () => {
    const documents = ndjson(join(__dirname, '../../../catalog/metrics.ndjson'));
    expect(documents.length).toBeGreaterThan(50);
    await expectFixedPoint(documents);
  });

  it('disables what dbt cannot compute, and reports what dbt has no place for', async () => {
    const losses: Losses = {};
    const formula = { expression: 'SELECT 1', language: 'sql' };
    const text = await exported(
      [{ metric_id: 'a.b', name: 'A', formula, status: 'active', targets: { target: 2 } }],
      losses,
    );
    expect(losses).toEqual({ formula: 1, metric_id: 1, status: 1, targets: 1 });
    expect(parseYaml(text)[0]?.value).toMatchObject({
      metrics: [{ name: 'a_b', label: 'A', type: 'derived', config: { enabled: false } }],
    });
  });

  it('drops read-only members', async () => {
    const text = await exported([{ metric_id: 'a', name: 'A', version: 3, updated_at: '2026-01-01T00:00:00.000Z' }]);
    expect(imported(text)).toEqual([{ metric_id: 'a', name: 'A' }]);
  });

  it('writes an export without metrics', async () => {
    const text = await exported([]);
    expect(imported(text)).toEqual([]);
    expect(dbtFormat.detect(parseYaml(text)[0]?.value)).toBeGreaterThan(0);
  });

  it('keeps texts that YAML would read as something else', async () => {
    const texts = [
      'yes', 'null', '~', '1.0', '0x1F', '1:30', '2024-01-01', '- a', '# b', 'a: b', "it's", '"', '{{ doc("x") }}', '  a ',
      'a\nb', 'a\n\n', '\ta\tb', 'a\r\nb', ' \n a\n  b\n', 'a\u2028b', 'a\u0085b', '<<', '&a', '*a', '!t', '%', '@', '`', '|', '>',
    ]; // prettier-ignore
    const documents = texts.map((text, index) => ({
      metric_id: `m${index}`,
      name: `N ${index}`,
      extra: { note: text, [text]: 1, list: [text] },
    }));
    await expectFixedPoint(documents);
  });

  it('keeps any content of extra', async () => {
    const extra = {
      a: null,
      b: {},
      c: [],
      d: [null, { e: '' }],
      f: '',
      dbt: { meta: { owner: null, x: [] } },
      remove: [1],
    };
    await expectFixedPoint([{ metric_id: 'a', name: 'A', extra, tags: ['x'], depends_on: ['a.1', 'a_1'] }]);
  });

  it('gives metrics of one name in dbt different names', async () => {
    const documents = ['a.b', 'a_b', 'a-b', '1', 'm_1'].map((key) => ({ metric_id: key, name: key }));
    await expectFixedPoint(documents);
  });

  it('keeps metrics of one model that know different things of it', async () => {
    const metric = (key: string, dimensions: JsonObject[], semantic_model: JsonObject) => ({
      metric_id: key,
      name: key,
      kind: 'simple',
      formula: { expression: `sum(${key})`, language: 'metricflow' },
      dimensions,
      extra: { dbt: { model: 'm', semantic_model } },
    });
    await expectFixedPoint([
      metric('a', [], { name: 's' }),
      metric('b', [{ name: 'x' }], { name: 's', entities: [{ name: 'e', type: 'primary', expr: 'a || b' }] }),
      metric('c', [{ name: 'y' }, { name: 'x' }], { name: 't' }),
    ]);
  });
});

describeWithCatalogues('writeDbt with public catalogues', () => {
  it.each([
    'metricflow/sample_dbt_models',
    'metricflow/derived_metrics_manifest',
    'metricflow/extended_date_manifest',
    'dbt-1.12/shop.yml',
  ])('has %s as a fixed point', async (name) => {
    const documents: JsonObject[] = [];
    for await (const entry of readImport(filesIn(published(name)), resources))
      if (entry.kind === 'ready') documents.push(entry.document);
    const text = await expectFixedPoint(documents);
    // dbt can compute all of them.
    expect(text).not.toContain('enabled: false');
  });

  it('has the OpenTelemetry catalogue as a fixed point', async () => {
    await expectFixedPoint(ndjson(published('opentelemetry/metrics.ndjson')));
  });
});
