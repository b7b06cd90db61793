import type { JsonObject } from '../files/catalogue-entry';
import { DomainDirectory } from './domain-directory';
import { languageOf } from './formula';
import { metricFromFirstMdl } from './metric';

const domains = new DomainDirectory();
domains.add('DOMAIN-001', 'Digital Experience');
domains.add('DOMAIN-002', 'Sales');
domains.add('DOMAIN-003', 'sales');

const metric = (fields: JsonObject): JsonObject => metricFromFirstMdl({ metric_id: 'M', ...fields }, domains);

describe('metricFromFirstMdl', () => {
  it('converts the members of the old sections', () => {
    const old = {
      name: ' Login rate ',
      category: 'Customer Experience',
      tier: 'Tier-1',
      business_domain: 'digital experience',
      tags: ['UX', 'ux', 'customer_success'],
      alignment: { strategic_pillar: 'Trust', why_it_matters: 'Because.' },
      definition: {
        formula: 'a / b',
        numerator: { event_name: 'a', filters: [] },
        unit: 'ratio',
        expected_direction: 'increase',
      },
      data: {
        primary_sources: [{ system: 's', table_or_stream: 't', connection_id: 'c' }],
        secondary_sources: [{ system: 'crm' }],
        data_freshness: 'daily',
        data_retention: '90_days',
        time_grain: ['hour', 'day'],
      },
      governance: {
        owner_team: 'Team',
        technical_owner: 'dev',
        business_owner: 'CFO',
        data_classification: 'internal',
        pii_involved: false,
        regulatory_constraints: ['sox'],
        status: 'active',
      },
      dimensions: [
        { name: 'platform', allowed_values: ['web'], required: true },
        { name: 'region', allowed_values: [], required: false },
      ],
      targets_and_alerts: { target_value: 0.98, warning_threshold: 0.95, critical_threshold: 0.9 },
      visualization: { dashboard_locations: [{ tool: 'Looker', url: 'https://bi.example.com/1' }] },
      relationships: { upstream_metric_ids: ['UP'], downstream_metric_ids: ['DOWN'] },
      operational_usage: { linked_playbooks: [{ name: 'Runbook', url: 'https://example.com/r' }] },
    };
    expect(metric(old)).toEqual({
      metric_id: 'M',
      name: 'Login rate',
      status: 'active',
      category: 'customer-experience',
      tier: 'tier-1',
      business_domain: 'DOMAIN-001',
      owner: 'Team',
      contacts: { technical: 'dev', business: 'CFO' },
      tags: ['ux', 'customer_success'],
      unit: 'ratio',
      direction: 'increase',
      formula: { expression: 'a / b', language: 'text', numerator: 'a' },
      grain: ['hour', 'day'],
      dimensions: [
        { name: 'platform', allowed_values: ['web'], required: true },
        { name: 'region', required: false },
      ],
      data: {
        sources: [{ system: 's', object: 't', connection: 'c' }, { system: 'crm' }],
        freshness: 'daily',
        retention: '90_days',
      },
      targets: { target: 0.98, warning: 0.95, critical: 0.9 },
      depends_on: ['UP'],
      related: ['DOWN'],
      governance: { classification: 'internal', pii: false, regulatory: ['sox'] },
      alignment: { why_it_matters: 'Because.', strategic_pillar: 'Trust' },
      links: [
        { kind: 'dashboard', title: 'Looker', url: 'https://bi.example.com/1' },
        { kind: 'playbook', title: 'Runbook', url: 'https://example.com/r' },
      ],
    });
  });

  it('keeps unknown values in extra, under the old path', () => {
    const old = {
      category: 'KPI',
      nickname: 'x',
      definition: { formula_detail: 'd', unit: 'u'.repeat(121) },
      governance: { data_classification: 'Non-PII', version: '1.0.0' },
      data: {
        time_grain: ['day', 'commit'],
        update_frequency: 'daily',
        primary_sources: [{ system: 's', region: 'eu' }],
      },
      visualization: {
        dashboard_locations: [
          { tool: 'T', url: 'javascript:alert(1)' },
          { tool: 'U', url: 'https://example.com', id: 7 },
        ],
      },
    };
    expect(metric(old)).toEqual({
      metric_id: 'M',
      category: 'kpi',
      grain: ['day'],
      data: { sources: [{ system: 's' }] },
      links: [{ kind: 'dashboard', title: 'U', url: 'https://example.com' }],
      extra: {
        nickname: 'x',
        definition: { formula_detail: 'd', unit: 'u'.repeat(121) },
        governance: { data_classification: 'Non-PII', version: '1.0.0' },
        data: { time_grain: ['commit'], update_frequency: 'daily', primary_sources: [{ system: 's', region: 'eu' }] },
        visualization: {
          dashboard_locations: [
            { tool: 'T', url: 'javascript:alert(1)' },
            { url: 'https://example.com', id: 7 },
          ],
        },
      },
    });
  });

  it('accepts what the schema of the service accepts', () => {
    const long = 'x'.repeat(15_000);
    expect(metric({ name: long, definition: { formula: long }, tier: 'Tier 2' })).toEqual({
      metric_id: 'M',
      formula: { expression: long, language: 'text' },
      tier: 'tier-2',
      extra: { name: long },
    });
  });

  it('drops empty values, but not false and 0', () => {
    const old = {
      name: '',
      tags: [],
      governance: { pii_involved: false, status: '' },
      targets_and_alerts: { target_value: 0, alert_rules: [{ name: '', channels: [] }] },
      metadata: { notes: null },
    };
    expect(metric(old)).toEqual({ metric_id: 'M', governance: { pii: false }, targets: { target: 0 } });
  });

  it('does not change its argument', () => {
    const old = { metric_id: 'M', definition: { unit: 's', other: { a: '' } } };
    const before = structuredClone(old);
    metricFromFirstMdl(old, domains);
    expect(old).toEqual(before);
  });

  it.each([
    ['increase', [10, 8, 5], true],
    ['increase', [10, 11, 5], false],
    ['increase', [10, null, 12], false],
    ['decrease', [200, 300, 500], true],
    ['decrease', [200, 100, 500], false],
    ['maintain', [5, 9, 1], true],
    [undefined, [5, 9, 1], true],
    ['increase', [5, 5, 5], true],
  ])(
    'with direction %s and target, warning, critical %j: targets are converted %s',
    (direction, [target, warning, critical], taken) => {
      const values = { target_value: target, warning_threshold: warning, critical_threshold: critical };
      const { targets, extra } = metric({ definition: { expected_direction: direction }, targets_and_alerts: values });
      expect(targets !== undefined).toBe(taken);
      const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
      expect(extra).toEqual(taken ? undefined : { targets_and_alerts: given });
    },
  );

  it.each([
    ['DOMAIN-001', 'DOMAIN-001', undefined],
    ['domain-001', 'DOMAIN-001', undefined],
    ['Digital Experience', 'DOMAIN-001', undefined],
    ['Customer Success', 'customer-success', 'Customer Success'],
    ['DOMAIN-009', 'DOMAIN-009', undefined],
    ['Sales', 'DOMAIN-002', undefined],
    ['SALES', 'sales', 'SALES'],
    ['販売', undefined, '販売'],
  ])('converts the business domain %s to %s and keeps %s', (name, key, rest) => {
    const { business_domain, extra } = metric({ business_domain: name });
    expect(business_domain).toBe(key);
    expect(extra).toEqual(rest === undefined ? undefined : { business_domain: rest });
  });

  it('converts an unknown status to draft and keeps the old one', () => {
    expect(metric({ governance: { status: 'In Review' } })).toMatchObject({
      status: 'draft',
      extra: { governance: { status: 'In Review' } },
    });
    expect(metric({ governance: { status: 'Deprecated' } })).toEqual({ metric_id: 'M', status: 'deprecated' });
  });

  it('drops dependencies on itself, duplicates and invalid keys', () => {
    const { depends_on, extra } = metric({
      relationships: { upstream_metric_ids: ['m', 'UP', 'up', 'not a key', 'A'] },
    });
    expect(depends_on).toEqual(['UP', 'A']);
    expect(extra).toEqual({ relationships: { upstream_metric_ids: ['m', 'not a key'] } });
  });

  it('formats filters as text and keeps the original', () => {
    const numerator = {
      event_name: 'request',
      filters: [
        { field: 'status', operator: 'in', value: [200, 'x'] },
        { field: 'env', operator: 'eq', value: 'prod' },
      ],
    };
    const denominator = { event_name: 'not_applicable', filters: [] };
    expect(metric({ definition: { numerator, denominator } })).toEqual({
      metric_id: 'M',
      formula: { numerator: "request where status in (200, 'x') and env = 'prod'" },
      extra: { definition: { numerator, denominator: { event_name: 'not_applicable' } } },
    });
  });

  it('keeps a numerator of unknown shape in extra', () => {
    const numerator = { event_name: 'a', filters: [{ any: 1 }] };
    expect(metric({ definition: { numerator } })).toEqual({ metric_id: 'M', extra: { definition: { numerator } } });
    expect(metric({ definition: { numerator: 'orders paid' } })).toEqual({
      metric_id: 'M',
      formula: { numerator: 'orders paid' },
    });
  });

  it('detects the language of a formula', () => {
    expect(languageOf('SUM(a) / COUNT(b)')).toBe('text');
    expect(languageOf('select count(*) from t')).toBe('sql');
    expect(languageOf('WITH t AS (SELECT 1) SELECT * FROM t')).toBe('sql');
    expect(languageOf('with care')).toBe('text');
    expect(languageOf('CALCULATE(SUM(Sales[Amount]))')).toBe('dax');
    expect(languageOf("{{ Metric('a') }} / 2")).toBe('metricflow');
  });
});
