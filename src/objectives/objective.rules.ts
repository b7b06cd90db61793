import type { Violation } from '../validation/violation';
import type { ObjectiveDocument } from './objective.entity';

/** The rules of an objective beyond its schema, for every write. */
export function objectiveRules({ status, timeframe, key_results }: ObjectiveDocument): Violation[] {
  const violations: Violation[] = [];
  if (timeframe && timeframe.start >= timeframe.end) {
    violations.push({ pointer: '/timeframe/end', code: 'wrong_order', detail: 'The end must be after the start.' });
  }
  const seen = new Set<string>();
  for (const [index, { kr_id, target }] of key_results.entries()) {
    if (seen.has(kr_id.toLowerCase()))
      violations.push({
        pointer: `/key_results/${index}/kr_id`,
        code: 'not_unique',
        detail: 'Another key result of this objective has this id.',
      });
    seen.add(kr_id.toLowerCase());
    if (status !== 'draft' && (target === undefined || target === null)) {
      violations.push({
        pointer: `/key_results/${index}/target`,
        code: 'missing_for_status',
        detail: 'The target may be left open only while the objective is a draft.',
      });
    }
  }
  return violations;
}
