import type { Change } from '../documents/revisions/revision.entity';
import { Problem } from '../problems/problem';
import type { Violation } from '../validation/violation';
import type { MetricDocument } from './metric.entity';
import type { MetricStatus } from './metric.values';

/** The steps of the lifecycle: drafts become active, are deprecated, archived, and may come back as drafts. */
export const TRANSITIONS: Readonly<Record<MetricStatus, readonly MetricStatus[]>> = {
  draft: ['active'],
  active: ['deprecated'],
  deprecated: ['active', 'archived'],
  archived: ['draft'],
};

/** What a metric must have once it is no draft any more. */
const GATE: Readonly<Record<string, (metric: MetricDocument) => unknown>> = {
  '/name': ({ name }) => name,
  '/description': ({ description }) => description,
  '/owner': ({ owner }) => owner,
  '/business_domain': ({ business_domain }) => business_domain,
  '/formula/expression': ({ formula }) => formula?.expression,
  '/unit': ({ unit }) => unit,
};

/** Every field that a metric lacks to be more than a draft. */
export const missingForActive = (metric: MetricDocument): Violation[] =>
  Object.entries(GATE)
    .filter(([, value]) => value(metric) === undefined)
    .map(([pointer]) => ({ pointer, code: 'missing_for_status', detail: 'Only a draft may lack this field.' }));

/** The rules of a metric beyond its schema, for every write. A new one may come with any status (docs/adr/0008). */
export function metricRules(
  next: MetricDocument,
  previous: MetricDocument | undefined,
  change: Change = 'updated',
): Violation[] {
  const violations = targetsInOrder(next);
  if (previous && change !== 'transitioned' && next.status !== previous.status) {
    const detail = `The status is ${previous.status ?? ''}; POST …/transitions changes it.`;
    return [...violations, { pointer: '/status', code: 'status_by_transition', detail }];
  }
  return next.status === 'draft' ? violations : [...violations, ...missingForActive(next)];
}

/** increase: critical ≤ warning ≤ target; decrease: the reverse. Gaps are allowed, equal values too. */
function targetsInOrder({ direction, targets }: MetricDocument): Violation[] {
  if (!targets || (direction !== 'increase' && direction !== 'decrease')) return [];
  const names =
    direction === 'increase'
      ? (['critical', 'warning', 'target'] as const)
      : (['target', 'warning', 'critical'] as const);
  const given = names.filter((name) => targets[name] !== undefined);
  return given.slice(1).flatMap((name, index): Violation[] => {
    const lower = given[index];
    if (lower === undefined || (targets[lower] ?? 0) <= (targets[name] ?? 0)) return [];
    return [
      {
        pointer: `/targets/${name}`,
        code: 'wrong_order',
        detail: `With direction ${direction}, ${lower} must not be above ${name}.`,
      },
    ];
  });
}

/**
 * @throws Problem 409 `invalid_transition`, 422 `gate_refused` with every missing field
 */
export function refuseTransition(metric: MetricDocument, to: MetricStatus, reason: string | undefined): void {
  const from = (metric.status ?? 'draft') as MetricStatus;
  if (!TRANSITIONS[from].includes(to)) {
    throw new Problem('invalid_transition', {
      detail: `The metric is ${from}; it can become ${TRANSITIONS[from].join(' or ')}, not ${to}.`,
      members: { from, allowed: TRANSITIONS[from] },
    });
  }
  const missing = to === 'draft' ? [] : missingForActive(metric);
  if (to === 'deprecated' && metric.replaced_by === undefined && reason === undefined) {
    missing.push({
      pointer: '/replaced_by',
      code: 'missing_for_status',
      detail: 'Name the successor in the metric (replaced_by), or send a reason with the transition.',
    });
  }
  if (missing.length > 0)
    throw new Problem('gate_refused', {
      detail: `To become ${to} the metric lacks ${missing.map(({ pointer = '' }) => pointer.slice(1).replace('/', '.')).join(', ')}.`,
      errors: missing,
    });
}
