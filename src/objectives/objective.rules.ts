import type { Violation } from '../validation/violation';
import type { ObjectiveDocument } from './objective.entity';

/** Validates an objective beyond its schema, on every write. */
export function objectiveRules({ status, timeframe, key_results }: ObjectiveDocument): Violation[] {
  const violations: Violation[] = [];
  if (timeframe && timeframe.start >= timeframe.end) {
    violations.push({ pointer: '/timeframe/end', code: 'wrong_order', detail: 'The end must be after the start.' });
  }
  const seen = new Set<string>();
  for (const [index, { kr_id, baseline, target, direction }] of key_results.entries()) {
    if (seen.has(kr_id.toLowerCase()))
      violations.push({
        pointer: `/key_results/${index}/kr_id`,
        code: 'not_unique',
        detail: 'The id must be unique within the objective.',
      });
    seen.add(kr_id.toLowerCase());
    const way = (target ?? NaN) - (baseline ?? NaN);
    if ((direction === 'increase' && way < 0) || (direction === 'decrease' && way > 0))
      violations.push({
        pointer: `/key_results/${index}/target`,
        code: 'wrong_order',
        detail: `The target must be ${way < 0 ? 'above' : 'below'} the baseline where the direction is ${direction}.`,
      });
    if (status !== 'draft' && (target === undefined || target === null)) {
      violations.push({
        pointer: `/key_results/${index}/target`,
        code: 'missing_for_status',
        detail: 'The target is required unless the objective is a draft.',
      });
    }
  }
  return violations;
}
