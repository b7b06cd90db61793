import { describeWithCatalogues, published } from '../../../test/support/catalogues';
import { filesIn } from '../../../test/support/files-in';
import { resources } from '../../../test/support/resources';
import { MetricDto } from '../../metrics/dto/metric.dto';
import { validate } from '../../validation/validate';
import type { JsonObject } from '../files/catalogue-entry';
import { type ImportEntry, readImport } from '../import/import-source';

interface Expected {
  metrics: number;
  edges: number;
  kinds?: Record<string, number>;
  losses: Record<string, number>;
}

const EXPECTED: [string, Expected][] = [
  [
    'metricflow/sample_dbt_models',
    {
      metrics: 13,
      edges: 5,
      kinds: { simple: 9, cumulative: 2, ratio: 1, derived: 1 },
      losses: { saved_queries: 2, semantic_models: 1, measures: 1 },
    },
  ],
  ['metricflow/derived_metrics_manifest', { metrics: 6, edges: 7, kinds: { simple: 1, derived: 5 }, losses: {} }],
  [
    'metricflow/extended_date_manifest',
    {
      metrics: 7,
      edges: 3,
      kinds: { simple: 3, cumulative: 2, derived: 1, ratio: 1 },
      losses: { semantic_models: 1 },
    },
  ],
  [
    'dbt-1.12/shop.yml',
    { metrics: 7, edges: 6, kinds: { simple: 3, cumulative: 1, ratio: 1, derived: 1, conversion: 1 }, losses: {} },
  ],
];

const listOf = (document: JsonObject, name: string) => (document[name] ?? []) as string[];

function countBy(names: readonly unknown[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[String(name)] = (counts[String(name)] ?? 0) + 1;
  return counts;
}

describeWithCatalogues('public dbt projects', () => {
  async function read(name: string) {
    const entries: ImportEntry[] = [];
    for await (const entry of readImport(filesIn(published(name)), resources)) entries.push(entry);
    const documents = entries.flatMap((entry) => (entry.kind === 'ready' ? [entry.document] : []));
    return { entries, documents };
  }

  it.each(EXPECTED)('reads all metrics of %s', async (name, { metrics, edges, kinds, losses }) => {
    const { entries, documents } = await read(name);
    expect(documents).toHaveLength(metrics);
    expect(documents.flatMap((document) => listOf(document, 'depends_on'))).toHaveLength(edges);
    expect(countBy(documents.map(({ kind }) => kind))).toEqual(kinds);
    expect(countBy(entries.flatMap((entry) => (entry.kind === 'loss' ? [entry.name] : [])))).toEqual(losses);
    expect(entries.filter(({ kind }) => kind === 'refused')).toEqual([]);
    for (const document of documents) {
      expect(validate(MetricDto, document).violations).toEqual([]);
      expect(document).not.toHaveProperty('status');
    }
  });

  it('has one dangling reference and one hidden metric in dbt-1.12/shop.yml', async () => {
    const { documents } = await read('dbt-1.12/shop.yml');
    const keys = documents.map(({ metric_id: key }) => key);
    const references = documents.flatMap((document) => [
      ...listOf(document, 'depends_on'),
      ...(document['business_domain'] === undefined ? [] : ['a domain']),
    ]);
    expect(references.filter((key) => !keys.includes(key))).toEqual(['visits']);
    expect(documents.filter((document) => listOf(document, 'tags').includes('hidden'))).toHaveLength(1);
  });

  it('keeps the templates of filters', async () => {
    const { documents } = await read('metricflow/sample_dbt_models');
    const filters = documents.flatMap(({ formula }) => (formula as JsonObject)['filter'] ?? []);
    expect(filters).toEqual([
      "{{ Dimension('customer__customer_country') }} = 'MX'",
      "{{ Dimension('country__region', entity_path=['customer']) }} = 'NA'",
    ]);
  });
});
