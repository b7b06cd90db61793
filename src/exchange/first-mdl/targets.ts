import { MetricTargets } from '../../metrics/dto/metric-sections';
import type { JsonObject } from '../files/catalogue-entry';
import type { OldDocument } from './old-document';
import { number } from './values';

const OLD_PATHS = {
  target: 'targets_and_alerts.target_value',
  warning: 'targets_and_alerts.warning_threshold',
  critical: 'targets_and_alerts.critical_threshold',
} as const;

/**
 * Converts the old target and thresholds. If they contradict the direction, all of them stay in `extra`: only the owner
 * knows which value is wrong.
 */
export function takeTargets(old: OldDocument, direction: string | undefined): JsonObject | undefined {
  const read = (member: keyof typeof OLD_PATHS) => number(MetricTargets, member)(old.peek(OLD_PATHS[member]));
  const fromWorst = [read('critical'), read('warning'), read('target')].filter((value) => value !== undefined);
  if (!areOrdered(fromWorst, direction)) return undefined;
  const take = (member: keyof typeof OLD_PATHS) => old.take(OLD_PATHS[member], number(MetricTargets, member));
  return { target: take('target'), warning: take('warning'), critical: take('critical') };
}

/** Whether the values follow the direction. Without a direction, and for `maintain`, any order is valid. */
function areOrdered(fromWorst: readonly number[], direction: string | undefined): boolean {
  const sign = direction === 'increase' ? 1 : direction === 'decrease' ? -1 : 0;
  return fromWorst.every((value, index) => index === 0 || sign * (value - (fromWorst[index - 1] ?? value)) >= 0);
}
