import { dbtOf, readDbt } from '../../../test/support/dbt';

const ORDERS = `
semantic_models:
  - name: orders
    label: Orders
    description: Placed orders.
    model: ref('sales', 'fct_orders')
    defaults: { agg_time_dimension: ordered_at }
    primary_entity: order
    config: { group: commerce, meta: { owner: Commerce, team: x } }
    entities:
      - { name: order, type: PRIMARY, expr: order_id, role: r }
    dimensions:
      - { name: size, type: categorical, expr: case when a then b end }
      - { name: ordered_at, type: time, type_params: { time_granularity: day, validity_params: { is_start: true } } }
      - { name: region, type: categorical, expr: region, label: Region, is_partition: true }
    measures:
      - { name: amount, agg: SUM, description: The amount., label: Amount, config: { meta: { y: 1 } } }
      - { name: count_all, agg: count, expr: 1, create_metric: true, description: All orders. }
      - { name: p99, agg: percentile, expr: amount, agg_params: { percentile: 0.99, use_discrete_percentile: true } }
      - name: balance
        agg: sum
        expr: total
        agg_time_dimension: paid_at
        non_additive_dimension: { name: paid_at, window_choice: max, window_groupings: [customer] }
      - { name: unused, agg: max }
`;

describe('legacy specification of dbt', () => {
  it('resolves the measure of a simple metric through its semantic model', () => {
    const { documents } = readDbt(
      ORDERS,
      `
metrics:
  - name: revenue
    label: Revenue
    type: SIMPLE
    type_params:
      measure: { name: amount, filter: a = 1, alias: x, join_to_timespine: true, fill_nulls_with: 0 }
    filter: [b = 2, "{{ Dimension('order__region') }} = 'eu'"]
    tags: [finance]
    meta: { unit: EUR }`,
    );
    expect(documents['revenue']).toEqual({
      metric_id: 'revenue',
      name: 'Revenue',
      short_name: 'revenue',
      kind: 'simple',
      unit: 'EUR',
      owner: 'Commerce',
      tags: ['finance'],
      formula: {
        expression: 'sum(amount)',
        language: 'metricflow',
        filter: "(a = 1) AND (b = 2) AND ({{ Dimension('order__region') }} = 'eu')",
      },
      dimensions: [{ name: 'ordered_at' }, { name: 'region' }, { name: 'size' }],
      data: { sources: [{ system: 'dbt', object: 'sales.fct_orders' }] },
      extra: {
        dbt: {
          measure: {
            name: 'amount',
            alias: 'x',
            description: 'The amount.',
            label: 'Amount',
            config: { meta: { y: 1 } },
          },
          join_to_timespine: true,
          fill_nulls_with: 0,
          agg_time_dimension: 'ordered_at',
          group: 'commerce',
          model: 'fct_orders',
          semantic_model: {
            name: 'orders',
            label: 'Orders',
            description: 'Placed orders.',
            primary_entity: 'order',
            meta: { owner: 'Commerce', team: 'x' },
            entities: [{ name: 'order', type: 'primary', expr: 'order_id', role: 'r' }],
            dimensions: [
              { name: 'ordered_at', type: 'time', granularity: 'day', validity_params: { is_start: true } },
              { name: 'region', type: 'categorical', label: 'Region', is_partition: true },
              { name: 'size', type: 'categorical', expr: 'case when a then b end' },
            ],
          },
        },
      },
    });
  });

  it('makes metrics of measures with create_metric, and reports unused measures', () => {
    const { documents, losses } = readDbt(ORDERS);
    expect(Object.keys(documents)).toEqual(['count_all']);
    expect(documents['count_all']).toMatchObject({
      name: 'count_all',
      description: 'All orders.',
      formula: { expression: 'count(1)' },
    });
    expect(losses).toEqual({ measures: 4 });
    const explicit = readDbt(
      ORDERS,
      'metrics: [{ name: count_all, label: Count, type: simple, type_params: { measure: count_all } }]',
    );
    expect(explicit.documents['count_all']).toMatchObject({ name: 'Count' });
    expect(explicit.entries.filter(({ kind }) => kind === 'ready')).toHaveLength(1);
  });

  it('skips the measures of a disabled semantic model', () => {
    const { documents, losses } = readDbt(ORDERS.replace('config: {', 'config: { enabled: false,'));
    expect(documents).toEqual({});
    expect(losses).toMatchObject({ disabled: 1, semantic_models: 1 });
  });

  it('keeps the parameters of the aggregation of a measure', () => {
    const { documents } = readDbt(
      ORDERS,
      `
metrics:
  - { name: a, type: simple, type_params: { measure: p99 } }
  - { name: b, type: simple, type_params: { measure: balance } }`,
    );
    expect(documents['a']).toMatchObject({ formula: { expression: 'percentile(amount, 0.99)' } });
    expect(dbtOf(documents['a'])).toMatchObject({ percentile_type: 'discrete', measure: 'p99' });
    expect(documents['b']).toMatchObject({ formula: { expression: 'sum(total)' } });
    expect(dbtOf(documents['b'])).toMatchObject({
      agg_time_dimension: 'paid_at',
      non_additive_dimension: { name: 'paid_at', window_agg: 'max', group_by: ['customer'] },
    });
  });

  it('maps cumulative metrics, with parameters in the old and the new place', () => {
    const { documents } = readDbt(
      ORDERS,
      `
metrics:
  - { name: a, type: cumulative, type_params: { measure: amount, window: 7 days } }
  - { name: b, type: cumulative, type_params: { measure: amount, grain_to_date: month, period_agg: last } }
  - name: c
    type: cumulative
    type_params:
      measure: amount
      cumulative_type_params: { window: 1 month, period_agg: average }
  - { name: d, type: cumulative, type_params: { cumulative_type_params: { metric: { name: a }, grain_to_date: year } } }`,
    );
    expect(documents['a']).toMatchObject({ kind: 'cumulative', formula: { expression: 'sum(amount)' } });
    expect(documents['a']).not.toHaveProperty('depends_on');
    expect(dbtOf(documents['a'])).toMatchObject({ window: '7 days' });
    expect(dbtOf(documents['b'])).toMatchObject({ grain_to_date: 'month', period_agg: 'last' });
    expect(dbtOf(documents['c'])).toMatchObject({ window: '1 month', period_agg: 'average' });
    expect(documents['d']).toMatchObject({ depends_on: ['a'], extra: { dbt: { grain_to_date: 'year' } } });
  });

  it('maps ratio and derived metrics', () => {
    const { documents } = readDbt(`
metrics:
  - { name: r, type: ratio, type_params: { numerator: a, denominator: { name: b, filter: x = 1 } } }
  - name: d
    type: derived
    type_params:
      expr: a - a_before
      metrics:
        - a
        - { name: a, alias: a_before, filter: y = 2, offset_window: 14 days }
        - { name: b, offset_to_grain: month }`);
    expect(documents['r']).toMatchObject({
      depends_on: ['a', 'b'],
      formula: { expression: 'a / b', numerator: 'a', denominator: 'b where x = 1' },
    });
    expect(documents['d']).toMatchObject({ depends_on: ['a', 'b'], formula: { expression: 'a - a_before' } });
    expect(dbtOf(documents['d'])).toEqual({
      input_metrics: [
        'a',
        { name: 'a', alias: 'a_before', filter: 'y = 2', offset_window: '14 days' },
        { name: 'b', offset_to_grain: 'month' },
      ],
    });
  });

  it('maps a conversion metric of measures', () => {
    const { documents } = readDbt(
      ORDERS,
      `
semantic_models:
  - { name: visits, model: ref('fct_visits'), measures: [{ name: visits, agg: count, expr: "1" }] }
metrics:
  - name: c
    type: conversion
    type_params:
      conversion_type_params:
        base_measure: { name: visits, filter: v = 1 }
        conversion_measure: count_all
        entity: customer
        calculation: conversions
        window: 7 days
        constant_properties: [{ base_property: s, conversion_property: t }]`,
    );
    expect(documents['c']).toMatchObject({
      kind: 'conversion',
      formula: { expression: 'conversions(visits, count_all)' },
    });
    expect(dbtOf(documents['c'])).toMatchObject({
      model: 'fct_visits',
      base_measure: { name: 'visits', agg: 'count', expr: '1', filter: 'v = 1' },
      conversion_measure: { name: 'count_all', agg: 'count', expr: '1', model: 'fct_orders', semantic_model: 'orders' },
      entity: 'customer',
      calculation: 'conversions',
      window: '7 days',
      constant_properties: [{ base_property: 's', conversion_property: 't' }],
    });
  });

  it('imports a metric whose measure is in none of the files', () => {
    const { documents, refusals } = readDbt('metrics: [{ name: a, type: simple, type_params: { measure: m } }]');
    expect(documents['a']).toMatchObject({ formula: { expression: 'm' }, extra: { dbt: { measure: 'm' } } });
    expect(refusals).toEqual([]);
  });

  it('reads the documents of MetricFlow: one metric or semantic model each', () => {
    const { documents } = readDbt(`
# comment
---
semantic_model:
  name: s
  node_relation: { schema_name: $source_schema, alias: fct, database: db }
  measures: [{ name: m, agg: sum, expr: x }]
---
metric: { name: a, type: simple, type_params: { measure: m } }
---
metric: { name: b, type: derived, type_params: { expr: a, metrics: [{ name: a }] } }`);
    expect(documents['a']).toMatchObject({
      formula: { expression: 'sum(x)' },
      data: { sources: [{ object: 'db.$source_schema.fct' }] },
    });
    expect(documents['b']).toMatchObject({ depends_on: ['a'] });
  });

  it('keeps granularities that a metric document has no word for', () => {
    const { documents } = readDbt(`
metrics:
  - { name: a, type: derived, time_granularity: millisecond, type_params: { expr: b } }
  - { name: b, type: derived, time_granularity: martian_day, type_params: { expr: c } }`);
    expect(documents['a']).not.toHaveProperty('grain');
    expect(dbtOf(documents['a'])).toEqual({ time_granularity: 'millisecond' });
    expect(dbtOf(documents['b'])).toEqual({ time_granularity: 'martian_day' });
  });

  it('links the exposures of a metric', () => {
    const { documents, losses } = readDbt(`
metrics: [{ name: a, type: derived, type_params: { expr: b } }]
exposures:
  - { name: board, label: The board, type: dashboard, url: "https://bi.example.com/1", depends_on: [ref('m'), metric('a')] }
  - { name: study, type: notebook, url: "https://n.example.com", depends_on: ["metric('pkg', 'a')"] }
  - { name: none, type: application, depends_on: [metric('a')] }`);
    expect(documents['a']).toMatchObject({
      links: [
        { kind: 'dashboard', title: 'The board', url: 'https://bi.example.com/1' },
        { kind: 'query', title: 'study', url: 'https://n.example.com' },
      ],
    });
    expect(losses).toEqual({ exposures: 3 });
  });

  it('reads metrics of the package dbt_metrics', () => {
    const { documents } = readDbt(`
metrics:
  - name: revenue
    label: Revenue
    model: ref('orders')
    calculation_method: sum
    expression: amount
    timestamp: ordered_at
    time_grains: [day, week]
    filters: [{ field: status, operator: '=', value: "'paid'" }, { field: eu, operator: is, value: 'true' }]
  - { name: per, calculation_method: derived, expression: "{{metric('revenue')}} / {{ metric('orders') }}" }`);
    expect(documents['revenue']).toMatchObject({
      kind: 'simple',
      grain: ['day', 'week'],
      formula: { expression: 'sum(amount)', filter: "(status = 'paid') AND (eu is true)" },
      extra: { dbt: { model: "ref('orders')", timestamp: 'ordered_at' } },
    });
    expect(documents['per']).toMatchObject({ kind: 'derived', depends_on: ['revenue', 'orders'] });
  });
});
