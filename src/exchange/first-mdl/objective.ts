import type { JsonObject } from '../files/catalogue-entry';
import type { DomainDirectory } from './domain-directory';
import { takeBusinessDomain } from './business-domain';
import { OldDocument, withoutEmpty } from './old-document';
import { date, finite, key, oneOf, text, translated } from './values';

const DIRECTIONS = ['increase', 'decrease', 'maintain'] as const;
const STATUSES = {
  ...{ draft: 'draft', active: 'active', completed: 'completed' },
  ...{ on_hold: 'on_hold', 'on-hold': 'on_hold', 'on hold': 'on_hold' },
  ...{ cancelled: 'cancelled', canceled: 'cancelled' },
} as const;
const PRIORITIES = {
  p0: 'high',
  p1: 'high',
  p2: 'medium',
  p3: 'low',
  high: 'high',
  medium: 'medium',
  low: 'low',
} as const;

const MAX_NAME = 500;
const MAX_KEY_RESULTS = 20;
const MAX_METRICS = 10;

/** A key result of ours while it is being made. */
interface KeyResult extends JsonObject {
  metric_ids: string[];
}

/** An objective of the first MDL as ours. */
export function objectiveFromFirstMdl(source: JsonObject, domains: DomainDirectory): JsonObject {
  const old = new OldDocument(source);
  const keyResults = old.takeItems('key_results', 'kr_id', keyResult, MAX_KEY_RESULTS);
  takeMetrics(old, keyResults);
  const document = {
    objective_id: old.take('objective_id', (value) => (typeof value === 'string' ? value.trim() : undefined)),
    name: old.take(['name', 'title'], text(MAX_NAME)),
    description: old.take('description', text(10_000)),
    domain_id: takeBusinessDomain(old, domains),
    parent: old.take('parent', key),
    owner_team: old.take(['owner_team', 'owner'], text(200)),
    status: takeStatus(old),
    priority: takePriority(old),
    strategic_pillar: old.take('strategic_theme', text(200)),
    timeframe: takeTimeframe(old),
    key_results: keyResults,
  };
  return withoutEmpty({ ...document, extra: old.rest() });
}

/** A status we don't have makes a draft; the old word stays in `extra`. */
function takeStatus(old: OldDocument): string | undefined {
  return old.take('status', translated(STATUSES)) ?? (old.peek('status') === undefined ? undefined : 'draft');
}

/** P0 and P1 are both high, so the old word stays in `extra` where it says more than ours. */
function takePriority(old: OldDocument): string | undefined {
  const priority = translated(PRIORITIES)(old.peek('business_priority'));
  return old.take('business_priority', oneOf(['high', 'medium', 'low'])) ?? priority;
}

/** Both ends in order, or none: half a timeframe, or one that runs backwards, stays in `extra`. */
function takeTimeframe(old: OldDocument): JsonObject | undefined {
  for (const [from, to] of [
    ['timeframe.start', 'timeframe.end'],
    ['start_date', 'end_date'],
  ] as const) {
    const [start, end] = [date(old.peek(from)), date(old.peek(to))];
    if (start === undefined || end === undefined || start >= end) continue;
    return { start: old.take(from, date), end: old.take(to, date) };
  }
  return undefined;
}

function keyResult(old: OldDocument): KeyResult | undefined {
  const krId = old.take('kr_id', key);
  const name = old.take('name', text(MAX_NAME)) ?? nameFromDescription(old);
  if (krId === undefined && name === undefined) return undefined;
  const single = old.take('metric_id', key);
  const several = old.takeEach('metric_ids', key, single === undefined ? MAX_METRICS : MAX_METRICS - 1);
  return {
    kr_id: krId,
    name,
    description: old.take('description', text(10_000)),
    metric_ids: [...new Set([single, ...several].filter((id) => id !== undefined))],
    baseline: old.take(['baseline_value', 'baseline'], finite),
    target: old.take(['target_value', 'target'], finite),
    current: old.take(['current_value', 'current'], finite),
    unit: old.take('unit', text(40)),
    direction: old.take('direction', oneOf(DIRECTIONS)),
    weight: old.take('weight', (value) => (typeof value === 'number' && value > 0 ? value : undefined)),
  };
}

/** A short description becomes the name; of a long one the beginning does, and it stays the description. */
function nameFromDescription(old: OldDocument): string | undefined {
  const short = old.take('description', text(MAX_NAME));
  if (short !== undefined) return short;
  const long = text(10_000)(old.peek('description'));
  return long === undefined ? undefined : `${[...long].slice(0, MAX_NAME - 1).join('')}…`;
}

/**
 * The objective's own list of metrics, which we don't have: metrics that a key result measures are said already.
 * Others go to the key result only where it is the only one and measures nothing yet; else they stay in `extra`.
 */
function takeMetrics(old: OldDocument, keyResults: readonly KeyResult[]): void {
  const measured = new Set(keyResults.flatMap((result) => result.metric_ids.map((id) => id.toLowerCase())));
  const isMeasured = (id: string | undefined): boolean => id !== undefined && measured.has(id.toLowerCase());
  old.takeEach('metric_ids', (value) => (isMeasured(key(value)) ? key(value) : undefined), Infinity);
  const [only, ...others] = keyResults;
  if (only && others.length === 0 && only.metric_ids.length === 0) {
    only.metric_ids = old.takeEach('metric_ids', key, MAX_METRICS);
  }
}
