import { dbtOf, readDbt } from '../../../test/support/dbt';

const ORDERS = `
models:
  - name: fct_orders
    description: One row for each order.
    deprecation_date: 2099-01-01
    config: { meta: { owner: Commerce, domain: sales }, materialized: table }
    semantic_model: { enabled: true, name: orders, group: commerce, config: { meta: { reviewed: true } } }
    agg_time_dimension: ordered_at
    primary_entity: order
    columns:
      - { name: order_id, entity: { type: primary, name: order } }
      - { name: customer, entity: foreign, description: Who ordered. }
      - { name: ordered_at, granularity: day, dimension: { type: TIME, validity_params: { is_start: true } } }
      - { name: region, dimension: categorical, description: Where. }
      - { name: chan, dimension: { type: categorical, name: channel, label: Sales channel, is_partition: true } }
      - { name: note, data_tests: [not_null] }
    derived_semantics:
      dimensions: [{ name: size, type: categorical, expr: case when amount > 9 then 1 end }]
      entities: [{ name: pair, type: foreign, expr: a || b }]
    metrics:
`;
const inModel = (metrics: string) => readDbt(ORDERS + metrics.replace(/^/gm, '      '));
const atTop = (metrics: string) => readDbt(`metrics:\n${metrics}`);

describe('dbt 1.12', () => {
  it('maps a simple metric with its model', () => {
    const { documents, entries } = inModel(`
- name: order_value
  label: Order value
  description: Sum of orders.
  type: simple
  agg: SUM
  expr: amount
  filter: "{{ Dimension('order__channel') }} <> 'test'"
  time_granularity: MONTH`);
    expect(documents['order_value']).toEqual({
      metric_id: 'order_value',
      name: 'Order value',
      short_name: 'order_value',
      description: 'Sum of orders.',
      kind: 'simple',
      owner: 'Commerce',
      formula: {
        expression: 'sum(amount)',
        language: 'metricflow',
        filter: "{{ Dimension('order__channel') }} <> 'test'",
      },
      grain: ['month'],
      dimensions: [{ name: 'ordered_at' }, { name: 'region' }, { name: 'channel' }, { name: 'size' }],
      data: { sources: [{ system: 'dbt', object: 'fct_orders' }] },
      extra: {
        dbt: {
          model: 'fct_orders',
          group: 'commerce',
          agg_time_dimension: 'ordered_at',
          deprecation_date: '2099-01-01',
          semantic_model: {
            name: 'orders',
            description: 'One row for each order.',
            primary_entity: 'order',
            meta: { owner: 'Commerce', domain: 'sales', reviewed: true },
            entities: [
              { name: 'order', type: 'primary', expr: 'order_id' },
              { name: 'customer', type: 'foreign', description: 'Who ordered.' },
              { name: 'pair', type: 'foreign', expr: 'a || b' },
            ],
            dimensions: [
              { name: 'ordered_at', type: 'time', granularity: 'day', validity_params: { is_start: true } },
              { name: 'region', type: 'categorical', description: 'Where.' },
              { name: 'channel', type: 'categorical', label: 'Sales channel', is_partition: true, expr: 'chan' },
              { name: 'size', type: 'categorical', expr: 'case when amount > 9 then 1 end' },
            ],
          },
        },
      },
    });
    expect(entries.filter(({ kind }) => kind !== 'ready')).toEqual([]);
  });

  it('keeps the parameters of an aggregation', () => {
    const { documents } = inModel(`
- { name: one, agg: sum, expr: 1, join_to_timespine: true, fill_nulls_with: 0 }
- { name: p95, type: simple, agg: percentile, percentile: 0.95, percentile_type: discrete, expr: amount, hidden: true }
- name: balance
  type: simple
  agg: sum
  agg_time_dimension: paid_at
  non_additive_dimension: { name: paid_at, window_agg: max, group_by: [customer] }`);
    expect(documents['one']).toMatchObject({ kind: 'simple', formula: { expression: 'sum(1)' } });
    expect(dbtOf(documents['one'])).toMatchObject({ join_to_timespine: true, fill_nulls_with: 0 });
    expect(documents['p95']).toMatchObject({ tags: ['hidden'], formula: { expression: 'percentile(amount, 0.95)' } });
    expect(dbtOf(documents['p95'])).toMatchObject({ percentile_type: 'discrete', hidden: true });
    expect(documents['balance']).toMatchObject({ formula: { expression: 'sum(balance)' } });
    expect(dbtOf(documents['balance'])).toMatchObject({
      agg_time_dimension: 'paid_at',
      non_additive_dimension: { name: 'paid_at', window_agg: 'max', group_by: ['customer'] },
    });
  });

  it('maps ratio, derived, cumulative and conversion metrics', () => {
    const { documents } = atTop(`
  - name: average
    type: Ratio
    numerator: order_value
    denominator: { name: orders, filter: ["a = 1", "b = 2 or c = 3"], alias: web }
  - name: growth
    type: derived
    expr: (orders - before) / before
    input_metrics:
      - orders
      - { name: orders, alias: before, offset_window: 1 month }
      - { name: visits, offset_to_grain: year }
  - { name: rolling, type: cumulative, input_metric: orders, window: 7 days }
  - { name: to_date, type: cumulative, input_metric: { name: orders, filter: x = 1 }, grain_to_date: month, period_agg: last }
  - name: rate
    type: conversion
    entity: customer
    calculation: conversion_rate
    base_metric: visits
    conversion_metric: { name: orders, filter: x = 1 }
    window: 7 days
    constant_properties: [{ base_property: s, conversion_property: t }]`);
    expect(documents['average']).toMatchObject({
      kind: 'ratio',
      depends_on: ['order_value', 'orders'],
      formula: {
        expression: 'order_value / orders',
        numerator: 'order_value',
        denominator: 'orders where (a = 1) AND (b = 2 or c = 3)',
      },
    });
    expect(dbtOf(documents['average'])).toEqual({
      denominator: { name: 'orders', filter: '(a = 1) AND (b = 2 or c = 3)', alias: 'web' },
    });
    expect(documents['growth']).toMatchObject({
      kind: 'derived',
      depends_on: ['orders', 'visits'],
      formula: { expression: '(orders - before) / before' },
    });
    expect(dbtOf(documents['growth'])).toEqual({
      input_metrics: [
        'orders',
        { name: 'orders', alias: 'before', offset_window: '1 month' },
        { name: 'visits', offset_to_grain: 'year' },
      ],
    });
    expect(documents['rolling']).toMatchObject({ kind: 'cumulative', depends_on: ['orders'] });
    expect(dbtOf(documents['rolling'])).toEqual({ window: '7 days' });
    expect(dbtOf(documents['to_date'])).toEqual({
      grain_to_date: 'month',
      period_agg: 'last',
      input_metric: { name: 'orders', filter: 'x = 1' },
    });
    expect(documents['rate']).toMatchObject({
      kind: 'conversion',
      depends_on: ['visits', 'orders'],
      formula: { expression: 'conversion_rate(visits, orders)' },
    });
    expect(dbtOf(documents['rate'])).toEqual({
      entity: 'customer',
      calculation: 'conversion_rate',
      base_metric: 'visits',
      conversion_metric: { name: 'orders', filter: 'x = 1' },
      window: '7 days',
      constant_properties: [{ base_property: 's', conversion_property: 't' }],
    });
  });

  it('reads the names that the inputs had at first', () => {
    const { documents } = atTop(`
  - { name: d, type: derived, expr: a + b2, metrics: [a], metric_aliases: [{ name: b, alias: b2 }] }`);
    expect(documents['d']).toMatchObject({ depends_on: ['a', 'b'] });
  });

  it('maps meta, tags and groups, and keeps the rest', () => {
    const { documents } = readDbt(`
groups:
  - { name: finance, owner: { name: Finance, email: finance@example.com, slack: x } }
metrics:
  - name: a
    type: derived
    expr: b
    input_metrics: [b]
    config:
      group: finance
      tags: [Month End, kpi]
      meta: { domain: revenue, unit: EUR, tier: Tier 1, synonyms: [x, y], steward: Ann, owner: { slack: z } }
      other: 1
  - name: c
    type: derived
    config: { meta: { owner: { name: Sales, email: s@example.com }, tier: gold, domain: not a key, synonyms: x } }`);
    expect(documents['a']).toMatchObject({
      owner: 'Finance',
      contacts: { email: 'finance@example.com' },
      business_domain: 'revenue',
      unit: 'EUR',
      tier: 'tier-1',
      synonyms: ['x', 'y'],
      tags: ['month-end', 'kpi'],
    });
    expect(dbtOf(documents['a'])).toEqual({
      group: 'finance',
      tags: ['Month End', 'kpi'],
      config: { other: 1 },
      meta: { steward: 'Ann', owner: { slack: 'z' } },
    });
    expect(documents['c']).toMatchObject({ owner: 'Sales', contacts: { email: 's@example.com' }, synonyms: ['x'] });
    expect(dbtOf(documents['c'])).toEqual({ meta: { tier: 'gold', domain: 'not a key' } });
  });

  it('reads metrics inside of semantic_model', () => {
    const { documents } = readDbt(
      'models: [{ name: m, semantic_model: { enabled: true, metrics: [{ name: a, agg: count, expr: "1" }] } }]',
    );
    expect(documents['a']).toMatchObject({ extra: { dbt: { model: 'm', semantic_model: { name: 'm' } } } });
    expect(documents['a']).not.toHaveProperty('extra.dbt.semantic_model.metrics');
  });

  it('skips and reports what is disabled', () => {
    const { documents, losses } = readDbt(`
models:
  - { name: m, semantic_model: { enabled: false }, metrics: [{ name: a, agg: count, expr: "1" }] }
  - { name: n, config: { enabled: false }, semantic_model: true, metrics: [{ name: b, agg: count, expr: "1" }] }
  - { name: o, semantic_model: true, metrics: [{ name: c, agg: count, expr: "1" }] }
metrics:
  - { name: d, type: derived, config: { enabled: false } }`);
    expect(Object.keys(documents)).toEqual(['c']);
    expect(losses['disabled']).toBe(3);
  });

  it('sets the status only where a deprecation date is past and the metric is complete', () => {
    const model = (date: string, meta: string) =>
      readDbt(`
models:
  - { name: m, deprecation_date: ${date}, semantic_model: true, metrics: [
      { name: a, description: A., agg: count, expr: x, config: { meta: ${meta} } }] }`).documents['a'];
    const complete = '{ owner: o, unit: u, domain: d }';
    expect(model('2020-01-01', complete)).toMatchObject({ status: 'deprecated' });
    expect(model('2020-01-01', '{ owner: o }')).not.toHaveProperty('status');
    expect(model('2999-01-01', complete)).not.toHaveProperty('status');
  });

  it('reads config.meta.mdl', () => {
    const { documents, losses } = atTop(`
  - name: a_b
    type: derived
    expr: c
    input_metrics: [c]
    config: { meta: { mdl: { metric_id: a.b, targets: { target: 5 }, unit: 7, version: 3, remove: [/formula/language] } } }
  - { name: d, type: derived, expr: a_b, input_metrics: [a_b] }`);
    expect(documents['a.b']).toMatchObject({ targets: { target: 5 }, formula: { expression: 'c' } });
    expect(documents['a.b']).not.toHaveProperty('version');
    expect(documents['a.b']).not.toHaveProperty('formula.language');
    expect(documents['d']).toMatchObject({ depends_on: ['a.b'] });
    expect(losses).toEqual({ unit: 1 });
  });
});
