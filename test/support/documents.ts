/** A metric with all members that the status active requires. */
export const completeMetric = (key: string, changes: Record<string, unknown> = {}) => ({
  metric_id: key,
  name: `Metric ${key}`,
  description: 'What it means.',
  owner: 'Finance Analytics',
  business_domain: 'revenue',
  unit: 'USD',
  formula: { expression: 'sum(amount)', language: 'sql' },
  ...changes,
});

export const domain = (key: string, changes: Record<string, unknown> = {}) => ({
  domain_id: key,
  name: `Domain ${key}`,
  ...changes,
});

export const objective = (key: string, changes: Record<string, unknown> = {}) => ({
  objective_id: key,
  name: `Objective ${key}`,
  key_results: [{ kr_id: 'KR-1', name: 'First result', baseline: 0, target: 10, current: 4 }],
  ...changes,
});
