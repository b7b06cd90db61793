import { ObjectiveDto, Timeframe } from '../../objectives/dto/objective.dto';
import { KeyResultDto } from '../../objectives/dto/key-result.dto';
import { OBJECTIVE_STATUSES, PRIORITIES } from '../../objectives/objective.values';
import type { JsonObject } from '../files/catalogue-entry';
import type { DomainDirectory } from './domain-directory';
import { OldDocument, withoutEmpty } from './old-document';
import { type Convert, itemLimit, key, oneOf, trim, valueFor } from './values';

const STATUS_SPELLINGS = { 'on-hold': 'on_hold', 'on hold': 'on_hold', canceled: 'cancelled' } as const;
const PRIORITY_LEVELS = { p0: 'high', p1: 'high', p2: 'medium', p3: 'low' } as const;

/** The most metrics of a key result. */
const METRIC_LIMIT = itemLimit(KeyResultDto, 'metric_ids') ?? Infinity;
/** The most characters of a name that is made from a description. */
const NAME_LENGTH = 500;

/** A key result that is being converted. */
interface KeyResult extends JsonObject {
  metric_ids: string[];
}

/** Converts an objective of the first MDL. */
export function objectiveFromFirstMdl(source: JsonObject, domains: DomainDirectory): JsonObject {
  const old = new OldDocument(source);
  const keyResults = old.takeItems('key_results', 'kr_id', takeKeyResult, itemLimit(ObjectiveDto, 'key_results'));
  takeMetrics(old, keyResults);
  const document = {
    objective_id: old.take('objective_id', trim),
    ...old.takeMembers(ObjectiveDto, {
      name: ['name', 'title'],
      description: 'description',
      parent: 'parent',
      owner_team: ['owner_team', 'owner'],
      strategic_pillar: 'strategic_theme',
    }),
    domain_id: domains.takeFrom(old),
    status: old.takeStatus('status', oneOf(OBJECTIVE_STATUSES, STATUS_SPELLINGS)),
    priority: takePriority(old),
    timeframe: takeTimeframe(old),
    key_results: keyResults,
  };
  return withoutEmpty({ ...document, extra: old.rest() });
}

/** Converts the priority. P0 and P1 are both `high`, so the old level also stays in `extra`. */
function takePriority(old: OldDocument): string | undefined {
  const priority = oneOf(PRIORITIES, PRIORITY_LEVELS)(old.peek('business_priority'));
  return old.take('business_priority', oneOf(PRIORITIES)) ?? priority;
}

/** The date of an ISO 8601 date or date-time as it is written, without a conversion of the time zone. */
const date =
  (member: keyof Timeframe): Convert<string> =>
  (value) => {
    const found = /^(\d{4}-\d{2}-\d{2})(T.*)?$/.exec(trim(value) ?? '')?.[1];
    return valueFor(Timeframe, member)(found);
  };

/** Converts the start and end. If one is missing, or the end is not after the start, both stay in `extra`. */
function takeTimeframe(old: OldDocument): JsonObject | undefined {
  for (const [from, to] of [
    ['timeframe.start', 'timeframe.end'],
    ['start_date', 'end_date'],
  ] as const) {
    const [start, end] = [date('start')(old.peek(from)), date('end')(old.peek(to))];
    if (start === undefined || end === undefined || start >= end) continue;
    return { start: old.take(from, date('start')), end: old.take(to, date('end')) };
  }
  return undefined;
}

function takeKeyResult(old: OldDocument): KeyResult | undefined {
  const { kr_id, name = nameFromDescription(old) } = old.takeMembers(KeyResultDto, { kr_id: 'kr_id', name: 'name' });
  if (kr_id === undefined && name === undefined) return undefined;
  const single = old.take('metric_id', key);
  const several = old.takeEach('metric_ids', key, METRIC_LIMIT - (single === undefined ? 0 : 1));
  return {
    kr_id,
    name,
    metric_ids: [...new Set([single, ...several].filter((id) => id !== undefined))],
    ...old.takeMembers(KeyResultDto, {
      description: 'description',
      baseline: ['baseline_value', 'baseline'],
      target: ['target_value', 'target'],
      current: ['current_value', 'current'],
      unit: 'unit',
      direction: 'direction',
      weight: 'weight',
    }),
  };
}

/** Uses a short description as the name. A long description stays, and its beginning becomes the name. */
function nameFromDescription(old: OldDocument): string | undefined {
  const short = old.take('description', valueFor(KeyResultDto, 'name'));
  if (short !== undefined) return short;
  const long = valueFor(KeyResultDto, 'description')(old.peek('description'));
  return long === undefined ? undefined : `${[...long].slice(0, NAME_LENGTH - 1).join('')}…`;
}

/**
 * Converts the objective's own list of metrics. Metrics that a key result has already are dropped. The others go to the
 * key result if it is the only one and has no metrics; otherwise they stay in `extra`.
 */
function takeMetrics(old: OldDocument, keyResults: readonly KeyResult[]): void {
  const measured = new Set(keyResults.flatMap((result) => result.metric_ids.map((id) => id.toLowerCase())));
  const isMeasured = (id: string | undefined): boolean => id !== undefined && measured.has(id.toLowerCase());
  old.takeEach('metric_ids', (value) => (isMeasured(key(value)) ? key(value) : undefined));
  const [only, ...others] = keyResults;
  if (only && others.length === 0 && only.metric_ids.length === 0)
    only.metric_ids = old.takeEach('metric_ids', key, METRIC_LIMIT);
}
