import type { JsonObject } from '../files/catalogue-entry';
import { DomainDirectory } from './domain-directory';
import { domainFromFirstMdl } from './domain';
import { objectiveFromFirstMdl } from './objective';

const objective = (fields: JsonObject): JsonObject =>
  objectiveFromFirstMdl({ objective_id: 'O', ...fields }, new DomainDirectory());

describe('objectiveFromFirstMdl', () => {
  it('converts its members and those of its key results', () => {
    const old = {
      title: 'Grow',
      owner: 'team',
      status: 'On Hold',
      business_priority: 'P2',
      strategic_theme: 'Growth',
      business_domain: 'DOMAIN-1',
      start_date: '2025-01-01T00:00:00Z',
      end_date: '2025-12-31T23:59:59Z',
      metric_ids: ['A', 'b'],
      key_results: [
        {
          kr_id: 'K1',
          description: 'Reach 5',
          target_value: 5,
          baseline_value: 0,
          current_value: null,
          metric_id: 'A',
          unit: '%',
          status: 'on_track',
          progress_percentage: 40,
        },
        { kr_id: 'K2', name: 'N', description: 'D', target_value: 2, metric_ids: ['B', 'A'], direction: 'decrease' },
      ],
    };
    expect(objective(old)).toEqual({
      objective_id: 'O',
      name: 'Grow',
      domain_id: 'DOMAIN-1',
      owner_team: 'team',
      status: 'on_hold',
      priority: 'medium',
      strategic_pillar: 'Growth',
      timeframe: { start: '2025-01-01', end: '2025-12-31' },
      key_results: [
        { kr_id: 'K1', name: 'Reach 5', metric_ids: ['A'], baseline: 0, target: 5, unit: '%' },
        { kr_id: 'K2', name: 'N', description: 'D', metric_ids: ['B', 'A'], target: 2, direction: 'decrease' },
      ],
      extra: { business_priority: 'P2', key_results: [{ kr_id: 'K1', status: 'on_track', progress_percentage: 40 }] },
    });
  });

  it.each([
    ['P0', 'high'],
    ['p1', 'high'],
    ['P3', 'low'],
    ['urgent', undefined],
  ])('converts priority %s to %s and keeps the old one', (word, priority) => {
    const result = objective({ business_priority: word });
    expect([result['priority'], result['extra']]).toEqual([priority, { business_priority: word }]);
  });

  it('keeps metrics without a key result, or assigns them to the only key result', () => {
    const two = [
      { kr_id: 'K1', name: 'a', metric_id: 'A' },
      { kr_id: 'K2', name: 'b' },
    ];
    expect(objective({ metric_ids: ['A', 'X'], key_results: two })['extra']).toEqual({ metric_ids: ['X'] });
    const one = objective({ metric_ids: ['X', 'Y'], key_results: [{ kr_id: 'K1', name: 'a' }] });
    expect(one).toEqual({ objective_id: 'O', key_results: [{ kr_id: 'K1', name: 'a', metric_ids: ['X', 'Y'] }] });
  });

  it('uses the start of a long description as the name and keeps the description', () => {
    const description = '😀'.repeat(600);
    const [result] = objective({ key_results: [{ kr_id: 'K', description }] })['key_results'] as JsonObject[];
    expect([...(result?.['name'] as string)]).toHaveLength(500);
    expect(result?.['description']).toBe(description);
  });

  it.each([
    [{ start_date: '2025-06-01', end_date: '2025-01-01' }],
    [{ start_date: '2025-02-30', end_date: '2025-12-01' }],
    [{ start_date: '2025-01-01' }],
    [{ timeframe: 'Q1 2025' }],
  ])('keeps the timeframe %j in extra', (fields) => {
    expect(objective(fields)).toEqual({ objective_id: 'O', extra: fields });
  });

  it('converts an unknown status to draft, and drops an empty key result', () => {
    expect(objective({ status: 'paused', key_results: [{ kr_id: '', target_value: null }] })).toEqual({
      objective_id: 'O',
      status: 'draft',
      extra: { status: 'paused' },
    });
  });
});

describe('domainFromFirstMdl', () => {
  it('converts id, name and owner, and keeps its lists', () => {
    const old = {
      id: 'D',
      name: 'Sales',
      owner: 'ops',
      key_metrics: ['A'],
      objectives: [],
      color: 'red',
      metadata: { industry: 'SaaS' },
    };
    expect(domainFromFirstMdl(old)).toEqual({
      domain_id: 'D',
      name: 'Sales',
      owner_team: 'ops',
      extra: { key_metrics: ['A'], color: 'red', metadata: { industry: 'SaaS' } },
    });
  });
});
