import type { JsonObject } from '../files/catalogue-entry';
import type { OldDocument } from './old-document';
import { finite } from './values';

const OLD_FIELDS = { target: 'target_value', warning: 'warning_threshold', critical: 'critical_threshold' } as const;

/**
 * The old target and thresholds. Where they contradict the direction all of them stay in `extra`: which one is
 * wrong is for the owner to say, and the document can still be imported.
 */
export function takeTargets(old: OldDocument, direction: string | undefined): JsonObject | undefined {
  const value = (field: keyof typeof OLD_FIELDS): number | undefined =>
    finite(old.peek(`targets_and_alerts.${OLD_FIELDS[field]}`));
  const fromWorst = [value('critical'), value('warning'), value('target')].filter((number) => number !== undefined);
  if (!areOrdered(fromWorst, direction)) return undefined;
  const take = (field: keyof typeof OLD_FIELDS): number | undefined =>
    old.take(`targets_and_alerts.${OLD_FIELDS[field]}`, finite);
  return { target: take('target'), warning: take('warning'), critical: take('critical') };
}

/** Without a direction, or with `maintain`, there is no order to break. */
function areOrdered(fromWorst: readonly number[], direction: string | undefined): boolean {
  const sign = direction === 'increase' ? 1 : direction === 'decrease' ? -1 : 0;
  return fromWorst.every((number, index) => index === 0 || sign * (number - (fromWorst[index - 1] ?? number)) >= 0);
}
