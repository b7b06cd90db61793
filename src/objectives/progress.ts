import type { KeyResultDto } from './dto/key-result.dto';
import type { ObjectiveDocument } from './objective.entity';

export type ProgressStatus = 'on_track' | 'at_risk' | 'off_track';

/** Allowed deviation of a `maintain` key result from its target, as a fraction of the target. */
const TOLERANCE = 0.05;
/** The most that is shown of a target that is not reached. */
const MOST_UNREACHED = 0.9999;
/** Maximum lag behind the elapsed fraction of the time frame that counts as on track. */
const ON_TRACK_LAG = 0.1;
/** Maximum lag that counts as at risk. After the time frame only full progress is on track. */
const AT_RISK_LAG = 0.3;
/** Statuses without a progress status. */
const INACTIVE = ['on_hold', 'cancelled'];

interface Progress {
  progress: number | null;
  progress_status: ProgressStatus | null;
}

/**
 * Computes the progress of an objective and its key results when they are read.
 *
 * @param now the time for the elapsed fraction of the time frame; whole days in UTC
 */
export function progressOf(
  { key_results, timeframe, status = '' }: Pick<ObjectiveDocument, 'key_results' | 'timeframe' | 'status'>,
  now: Date,
): Progress & { key_results: KeyResultDto[] } {
  const elapsed = timeframe && !INACTIVE.includes(status) ? elapsedShare(timeframe, now) : null;
  const isOver = timeframe !== undefined && now.toISOString().slice(0, 10) > timeframe.end;
  let weights = 0;
  let sum = 0;
  const results = key_results.map((result) => {
    const progress = progressOfKeyResult(result);
    const { weight = 1, direction } = result;
    if (progress !== null) weights += weight;
    sum += (progress ?? 0) * weight;
    const expected = elapsed !== null && direction === 'maintain' ? 1 : elapsed;
    return { ...result, progress: rounded(progress), progress_status: statusOf(progress, expected, isOver) };
  });
  const progress = weights === 0 ? null : sum / weights;
  return { progress: rounded(progress), progress_status: statusOf(progress, elapsed, isOver), key_results: results };
}

/** The fraction of the way from baseline to target (docs/objectives.md); null without a target or a current value. */
export function progressOfKeyResult({ target, current, ...result }: KeyResultDto): number | null {
  if (target === undefined || target === null || current === undefined || current === null) return null;
  const { baseline = 0, direction = target < baseline ? 'decrease' : 'increase' } = result;
  if (direction === 'maintain') {
    const scale = Math.abs(target) || Math.abs(baseline) || 1;
    return Math.abs(current - target) <= scale * TOLERANCE ? 1 : 0;
  }
  const sign = direction === 'decrease' ? -1 : 1;
  if (sign * current >= sign * target) return 1;
  const way = sign * (target - baseline);
  // Not reached is less than 1, whatever floating point says.
  return way > 0 ? Math.min(MOST_UNREACHED, Math.max(0, (sign * (current - baseline)) / way)) : 0;
}

/** The elapsed fraction of the time frame: 0 before it, 1 after it. */
export function elapsedShare({ start, end }: { start: string; end: string }, now: Date): number {
  const today = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
  const share = (today - Date.parse(start)) / (Date.parse(end) - Date.parse(start));
  return Math.min(1, Math.max(0, share));
}

function statusOf(progress: number | null, elapsed: number | null, isOver: boolean): ProgressStatus | null {
  if (progress === null || elapsed === null) return null;
  if (isOver) return progress === 1 ? 'on_track' : 'off_track';
  const behind = Math.round((elapsed - progress) * 10_000) / 10_000;
  if (behind <= ON_TRACK_LAG) return 'on_track';
  return behind <= AT_RISK_LAG ? 'at_risk' : 'off_track';
}

const rounded = (share: number | null) =>
  share === null || share === 1 ? share : Math.min(MOST_UNREACHED, Math.round(share * 10_000) / 10_000);
