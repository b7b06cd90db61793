import type { Change } from '../documents/definition/document-definition';
import { Problem } from '../problems/problem';
import type { Violation } from '../validation/violation';
import type { MetricDocument } from './metric.entity';
import type { MetricStatus } from './metric.values';

/** The allowed status transitions. */
export const TRANSITIONS: Readonly<Record<MetricStatus, readonly MetricStatus[]>> = {
  draft: ['active'],
  active: ['deprecated'],
  deprecated: ['active', 'archived'],
  archived: ['draft'],
};

/** The members that a metric must have unless it is a draft, by JSON pointer. */
const REQUIRED: Readonly<Record<string, (metric: MetricDocument) => unknown>> = {
  '/name': ({ name }) => name,
  '/description': ({ description }) => description,
  '/owner': ({ owner }) => owner,
  '/business_domain': ({ business_domain }) => business_domain,
  '/formula/expression': ({ formula }) => formula?.expression,
  '/unit': ({ unit }) => unit,
};

/** Lists the members that a metric lacks to leave draft. */
export const missingForActive = (metric: MetricDocument): Violation[] =>
  Object.entries(REQUIRED)
    .filter(([, value]) => value(metric) === undefined)
    .map(([pointer]) => ({
      pointer,
      code: 'missing_for_status',
      detail: 'The field is required unless the metric is a draft.',
    }));

/** Validates a metric beyond its schema, on every write. A new metric can have any status (docs/adr/0008). */
export function metricRules(
  next: MetricDocument,
  previous: MetricDocument | undefined,
  change: Change = 'updated',
): Violation[] {
  const violations = findMisorderedTargets(next);
  if (previous && change !== 'transitioned' && next.status !== previous.status) {
    const detail = `The status is ${previous.status ?? ''}. Use POST …/transitions to change it.`;
    return [...violations, { pointer: '/status', code: 'status_by_transition', detail }];
  }
  return next.status === 'draft' ? violations : [...violations, ...missingForActive(next)];
}

/** increase: critical ≤ warning ≤ target; decrease: the reverse. Targets can be missing or equal. */
export function findMisorderedTargets({ direction, targets }: Partial<MetricDocument>): Violation[] {
  const order = ['critical', 'warning', 'target'] as const;
  const ascending = direction === 'increase' ? order : direction === 'decrease' ? order.toReversed() : [];
  const given = ascending.flatMap((name) => {
    const value = targets?.[name];
    return value === undefined ? [] : [{ name, value }];
  });
  return given.slice(1).flatMap(({ name, value }, index): Violation[] => {
    const lower = given[index];
    if (!lower || lower.value <= value) return [];
    const detail = `With direction ${direction ?? ''}, ${lower.name} must not be greater than ${name}.`;
    return [{ pointer: `/targets/${name}`, code: 'wrong_order', detail }];
  });
}

/**
 * Checks that a status transition is allowed and that the metric has every member it needs.
 *
 * @throws Problem 409 `invalid_transition`, 422 `gate_refused` with every missing field
 */
export function requireTransition(metric: MetricDocument, to: MetricStatus, reason: string | undefined): void {
  const from = (metric.status ?? 'draft') as MetricStatus;
  if (!TRANSITIONS[from].includes(to)) {
    throw new Problem('invalid_transition', {
      detail: `The status is ${from}. It can change to ${TRANSITIONS[from].join(' or ')}, not to ${to}.`,
      members: { from, allowed: TRANSITIONS[from] },
    });
  }
  const missing = to === 'draft' ? [] : missingForActive(metric);
  if (to === 'deprecated' && metric.replaced_by === undefined && reason === undefined) {
    missing.push({
      pointer: '/replaced_by',
      code: 'missing_for_status',
      detail: 'Set replaced_by in the metric or send a reason with the transition.',
    });
  }
  if (missing.length === 0) return;
  const members = missing.map(({ pointer = '' }) => pointer.slice(1).replace('/', '.'));
  const detail = `To become ${to}, the metric needs ${members.join(', ')}.`;
  throw new Problem('gate_refused', { detail, errors: missing });
}
