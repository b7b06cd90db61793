import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dbtOf, readManifest } from '../../../test/support/dbt';
import { resources } from '../../../test/support/resources';
import { readImport } from '../import/import-source';

const NODES = { nodes: [] as string[] };

/** A metric as manifest.json (version 12) has it, with everything that dbt computes. */
const metric = (name: string, type: string, params: object, others: object = {}) => ({
  name,
  resource_type: 'metric',
  package_name: 'shop',
  path: 'm.yml',
  original_file_path: 'models/m.yml',
  unique_id: `metric.shop.${name}`,
  fqn: ['shop', name],
  description: '',
  label: name,
  type,
  type_params: {
    measure: null, input_measures: [], numerator: null, denominator: null, expr: null, window: null,
    grain_to_date: null, metrics: [], conversion_type_params: null, cumulative_type_params: null,
    metric_aggregation_params: null, fill_nulls_with: null, join_to_timespine: false, is_private: false, ...params,
  }, // prettier-ignore
  filter: null,
  metadata: null,
  time_granularity: null,
  config: { enabled: true, group: null, meta: {} },
  unrendered_config: {},
  sources: [],
  depends_on: { macros: [], ...NODES },
  refs: [],
  metrics: [],
  created_at: 1795799714.9,
  group: null,
  meta: {},
  tags: [],
  ...others,
});

const manifest = (metrics: object[], others: object = {}) => ({
  metadata: { dbt_schema_version: 'https://schemas.getdbt.com/dbt/manifest/v12.json' },
  nodes: {},
  metrics: Object.fromEntries(metrics.map((item) => [(item as { unique_id: string }).unique_id, item])),
  ...others,
});

const SEMANTIC_MODEL = {
  name: 'orders',
  model: "ref('fct_orders')",
  node_relation: {
    alias: 'fct_orders',
    schema_name: 'main',
    database: 'db',
    relation_name: '"db"."main"."fct_orders"',
  },
  defaults: { agg_time_dimension: 'ordered_at' },
  entities: [
    { name: 'order', type: 'primary', description: '', label: null, role: null, expr: 'id', config: { meta: {} } },
  ],
  dimensions: [
    { name: 'geo', type: 'categorical', expr: 'geo', type_params: null, is_partition: false, metadata: null },
  ],
  measures: [],
  metadata: null,
};

describe('manifest.json', () => {
  it('maps a simple metric with metric_aggregation_params', () => {
    const params = {
      expr: 'amount',
      is_private: true,
      metric_aggregation_params: {
        semantic_model: 'orders',
        agg: 'sum',
        agg_params: { percentile: null, use_discrete_percentile: false, use_approximate_percentile: false },
        agg_time_dimension: null,
        non_additive_dimension: { name: 'd', window_choice: 'min', window_groupings: ['g'] },
      },
    };
    const filter = { where_filters: [{ where_sql_template: 'a = 1' }, { where_sql_template: 'b = 2' }] };
    const others = { filter, group: 'g', meta: { unit: 'EUR' }, config: { enabled: true, meta: { unit: 'EUR' } } };
    const { documents } = readManifest(
      manifest([metric('revenue', 'simple', params, others)], {
        semantic_models: { 'semantic_model.shop.orders': SEMANTIC_MODEL },
        groups: { 'group.shop.g': { name: 'g', owner: { name: 'Finance', email: null } } },
      }),
    );
    expect(documents['revenue']).toEqual({
      metric_id: 'revenue',
      name: 'revenue',
      short_name: 'revenue',
      kind: 'simple',
      unit: 'EUR',
      owner: 'Finance',
      tags: ['hidden'],
      formula: { expression: 'sum(amount)', language: 'metricflow', filter: '(a = 1) AND (b = 2)' },
      dimensions: [{ name: 'geo' }],
      data: { sources: [{ object: '"db"."main"."fct_orders"' }] },
      extra: {
        dbt: {
          unique_id: 'metric.shop.revenue',
          package_name: 'shop',
          original_file_path: 'models/m.yml',
          hidden: true,
          non_additive_dimension: { name: 'd', window_agg: 'min', group_by: ['g'] },
          group: 'g',
          model: 'fct_orders',
          agg_time_dimension: 'ordered_at',
          semantic_model: {
            name: 'orders',
            entities: [{ name: 'order', type: 'primary', expr: 'id' }],
            dimensions: [{ name: 'geo', type: 'categorical' }],
          },
        },
      },
    });
  });

  it('converts windows and finds the inputs of each type', () => {
    const input = (name: string, others = {}) => ({ name, filter: null, alias: null, offset_window: null, ...others });
    const { documents } = readManifest(
      manifest([
        metric('c', 'cumulative', {
          cumulative_type_params: { window: { count: 7, granularity: 'day' }, period_agg: 'first', metric: input('a') },
        }),
        metric('d', 'derived', {
          expr: 'a - b',
          metrics: [input('a'), input('a', { alias: 'b', offset_window: { count: 1, granularity: 'month' } })],
        }),
        metric('r', 'ratio', { numerator: input('a'), denominator: input('d') }),
        metric('v', 'conversion', {
          conversion_type_params: { base_metric: input('a'), conversion_metric: input('c'), entity: 'e', window: null },
        }),
        metric('n', 'derived', { expr: 'x' }, { depends_on: { nodes: ['metric.shop.a', 'semantic_model.shop.s'] } }),
      ]),
    );
    expect(dbtOf(documents['c'])).toMatchObject({ window: '7 day', period_agg: 'first' });
    expect(dbtOf(documents['d'])).toMatchObject({
      input_metrics: ['a', { name: 'a', alias: 'b', offset_window: '1 month' }],
    });
    const edges = Object.values(documents).map((document) => document['depends_on']);
    expect(edges).toEqual([['a'], ['a'], ['a', 'd'], ['a', 'c'], ['a']]);
  });

  it('names what is not kept', () => {
    const { losses, notes } = readManifest(
      manifest([metric('a', 'derived', { expr: 'b' })], {
        nodes: { 'model.shop.m': {} },
        macros: { 'macro.dbt.x': {} },
        saved_queries: { 'saved_query.shop.q': { name: 'q' } },
        disabled: {
          'metric.shop.z': [{ resource_type: 'metric', name: 'z' }],
          'model.shop.y': [{ resource_type: 'model' }],
        },
        exposures: {
          'exposure.shop.e': { name: 'e', type: 'dashboard', url: 'ftp://x', depends_on: { nodes: ['metric.shop.a'] } },
        },
      }),
    );
    expect(losses).toEqual({
      saved_queries: 1, disabled: 1, exposures: 1, created_at: 1, fqn: 1, path: 1, resource_type: 1,
    }); // prettier-ignore
    expect(notes).toEqual([expect.stringContaining('nodes (1), macros (1)')]);
  });

  it('refuses the second of two metrics that differ only in case', () => {
    const { documents, refusals } = readManifest(
      manifest([metric('Orders', 'derived', { expr: 'b' }), metric('orders', 'derived', { expr: 'c' })]),
    );
    expect(Object.keys(documents)).toEqual(['Orders']);
    expect(refusals).toEqual(['duplicate_document']);
  });

  it('is found in a file of one line, as dbt writes it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'manifest-'));
    const path = join(folder, 'manifest.json');
    await writeFile(path, JSON.stringify(manifest([metric('a', 'derived', { expr: 'b' })])));
    const found: unknown[] = [];
    for await (const entry of readImport([path], resources))
      found.push(entry.kind === 'ready' ? entry.key : entry.kind);
    await rm(folder, { recursive: true });
    expect(found).toContain('a');
    expect(found).not.toContain('refused');
  });

  it('notes another artifact of dbt', () => {
    const { notes } = readManifest({
      metadata: { dbt_schema_version: 'https://schemas.getdbt.com/dbt/catalog/v1.json' },
      nodes: {},
    });
    expect(notes).toEqual([expect.stringContaining('catalog/v1')]);
  });
});

describe('semantic_manifest.json', () => {
  it('maps metrics and measures', () => {
    const measure = { name: 'm', agg: 'sum', expr: null, agg_params: null, create_metric: true, metadata: null };
    const input = { name: 'm', filter: null, alias: null, join_to_timespine: false, fill_nulls_with: null };
    const metadata = { repo_file_path: 'models/m.yml', file_slice: { filename: 'm.yml', content: 'name: a' } };
    const { documents, losses, notes } = readManifest({
      semantic_models: [{ ...SEMANTIC_MODEL, measures: [measure] }],
      metrics: [
        { name: 'm', type: 'simple', type_params: { measure: input }, metadata, filter: null, label: null },
        { name: 'old', type: 'measure_proxy', type_params: { measure: null, measures: [{ name: 'm' }] } },
      ],
      project_configuration: { time_spines: [] },
      saved_queries: [{ name: 'q' }],
    });
    expect(Object.keys(documents)).toEqual(['m', 'old']);
    expect(documents['m']).toMatchObject({ kind: 'simple', formula: { expression: 'sum(m)' } });
    expect(dbtOf(documents['m'])).toMatchObject({ original_file_path: 'models/m.yml', measure: 'm' });
    expect(documents['old']).toMatchObject({ kind: 'simple', formula: { expression: 'sum(m)' } });
    expect(losses).toEqual({ saved_queries: 1, metadata: 1 });
    expect(notes).toHaveLength(1);
  });
});
