import { Problem } from '../problems/problem';
import type { MetricDocument } from './metric.entity';
import { metricRules, missingForActive, requireTransition, TRANSITIONS } from './metric.rules';
import { METRIC_STATUSES } from './metric.values';

const complete: MetricDocument = {
  name: 'Revenue',
  description: 'What comes in.',
  owner: 'Finance',
  business_domain: 'revenue',
  formula: { expression: 'sum(amount)' },
  unit: 'USD',
};

const problemOf = (work: () => void): Problem | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
};

describe('status transitions', () => {
  const steps = METRIC_STATUSES.flatMap((from) => METRIC_STATUSES.map((to) => [from, to] as const));

  it.each(steps)('%s → %s', (from, to) => {
    const problem = problemOf(() => requireTransition({ ...complete, status: from }, to, 'a reason'));
    expect(problem?.code).toBe(TRANSITIONS[from].includes(to) ? undefined : 'invalid_transition');
  });

  it('are five', () => {
    const allowed = steps.filter(([from, to]) => TRANSITIONS[from].includes(to)).map((step) => step.join(' → '));
    expect(allowed).toEqual([
      'draft → active',
      'active → deprecated',
      'deprecated → active',
      'deprecated → archived',
      'archived → draft',
    ]);
  });

  it('treat a metric without status as a draft', () => {
    expect(problemOf(() => requireTransition(complete, 'active', undefined))).toBeUndefined();
  });

  it('require a successor or a reason to deprecate', () => {
    const active = { ...complete, status: 'active' };
    expect(problemOf(() => requireTransition(active, 'deprecated', undefined))).toMatchObject({
      code: 'gate_refused',
      errors: [{ pointer: '/replaced_by', code: 'missing_for_status' }],
    });
    expect(
      problemOf(() => requireTransition({ ...active, replaced_by: 'M-2' }, 'deprecated', undefined)),
    ).toBeUndefined();
  });

  it('allow an incomplete archived metric to become a draft', () => {
    expect(problemOf(() => requireTransition({ name: 'Old', status: 'archived' }, 'draft', undefined))).toBeUndefined();
  });
});

describe('the requirements of a status', () => {
  it('list every missing field', () => {
    expect(missingForActive({ name: 'Bare', formula: { language: 'sql' } }).map(({ pointer }) => pointer)).toEqual([
      '/description',
      '/owner',
      '/business_domain',
      '/formula/expression',
      '/unit',
    ]);
    expect(missingForActive(complete)).toEqual([]);
  });
});

describe('the rules of a metric', () => {
  it('refuse a status change without a transition', () => {
    const violations = metricRules({ ...complete, status: 'deprecated' }, { ...complete, status: 'active' });
    expect(violations).toMatchObject([{ pointer: '/status', code: 'status_by_transition' }]);
  });

  it('require complete metrics after draft', () => {
    const { unit: _, ...lacking } = complete;
    expect(metricRules({ ...lacking, status: 'active' }, { ...complete, status: 'active' })).toMatchObject([
      { pointer: '/unit', code: 'missing_for_status' },
    ]);
    expect(metricRules({ ...lacking, status: 'draft' }, undefined)).toEqual([]);
  });

  it.each([
    ['increase', { critical: 1, warning: 2, target: 3 }, []],
    ['increase', { critical: 2, warning: 2, target: 2 }, []],
    ['increase', { critical: 3, target: 2 }, ['/targets/target']],
    ['increase', { critical: 3, warning: 2, target: 1 }, ['/targets/warning', '/targets/target']],
    ['decrease', { critical: 3, warning: 2, target: 1 }, []],
    ['decrease', { critical: 1, target: 3 }, ['/targets/critical']],
    ['maintain', { critical: 9, warning: 1, target: 5 }, []],
    [undefined, { critical: 9, warning: 1, target: 5 }, []],
    ['increase', { target: 5 }, []],
  ])('check the order of targets for %s: %j', (direction, targets, pointers) => {
    const metric = { name: 'M', status: 'draft', targets, ...(direction && { direction }) };
    expect(metricRules(metric, undefined).map(({ pointer }) => pointer)).toEqual(pointers);
  });
});
