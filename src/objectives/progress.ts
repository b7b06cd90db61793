import type { KeyResultDto } from './dto/key-result.dto';
import type { ObjectiveDocument } from './objective.entity';

export type ProgressStatus = 'on_track' | 'at_risk' | 'off_track';

/** How far a `maintain` may stray from its target and still count as kept, as a share of the target. */
const TOLERANCE = 0.05;
/** Behind the elapsed share of the time frame by no more than this is on track, */
const SLACK = 0.1;
/** and by no more than this at risk. Once the time is over, nothing but the whole way is on track. */
const RISK = 0.3;
/** Nobody works on these, so nobody is late. */
const RESTING = ['on_hold', 'cancelled'];

interface Progress {
  progress: number | null;
  progress_status: ProgressStatus | null;
}

/**
 * The progress of an objective and each of its key results: computed on read, never stored.
 *
 * @param now decides the elapsed share of the time frame; whole days in UTC
 */
export function progressOf(
  { key_results, timeframe, status = '' }: Pick<ObjectiveDocument, 'key_results' | 'timeframe' | 'status'>,
  now: Date,
): Progress & { key_results: KeyResultDto[] } {
  const elapsed = timeframe && !RESTING.includes(status) ? elapsedShare(timeframe, now) : null;
  const isOver = timeframe !== undefined && now.toISOString().slice(0, 10) > timeframe.end;
  const results = key_results.map((result) => {
    const progress = progressOfKeyResult(result);
    return {
      ...result,
      progress: rounded(progress),
      progress_status: statusOf(progress, elapsed !== null && result.direction === 'maintain' ? 1 : elapsed, isOver),
    };
  });
  const measured = key_results.flatMap((result) => {
    const progress = progressOfKeyResult(result);
    return progress === null ? [] : [{ progress, weight: result.weight ?? 1 }];
  });
  const weights = measured.reduce((sum, { weight }) => sum + weight, 0);
  const progress =
    weights === 0 ? null : measured.reduce((sum, result) => sum + result.progress * result.weight, 0) / weights;
  return { progress: rounded(progress), progress_status: statusOf(progress, elapsed, isOver), key_results: results };
}

/** `(current − baseline) / (target − baseline)`, clamped to 0–1: the sign comes out right for *decrease*. */
export function progressOfKeyResult({ baseline = 0, target, current, direction }: KeyResultDto): number | null {
  if (target === undefined || target === null || current === undefined || current === null) return null;
  if (direction === 'maintain') return Math.abs(current - target) <= Math.abs(target) * TOLERANCE ? 1 : 0;
  if (target === baseline) return (direction === 'decrease' ? current <= target : current >= target) ? 1 : 0;
  return Math.min(1, Math.max(0, (current - baseline) / (target - baseline)));
}

/** The share of the time frame that has gone by, 0 before it and 1 after it. */
export function elapsedShare({ start, end }: { start: string; end: string }, now: Date): number {
  const today = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
  const share = (today - Date.parse(start)) / (Date.parse(end) - Date.parse(start));
  return Math.min(1, Math.max(0, share));
}

function statusOf(progress: number | null, elapsed: number | null, isOver: boolean): ProgressStatus | null {
  if (progress === null || elapsed === null) return null;
  if (isOver) return progress === 1 ? 'on_track' : 'off_track';
  const behind = Math.round((elapsed - progress) * 10_000) / 10_000;
  if (behind <= SLACK) return 'on_track';
  return behind <= RISK ? 'at_risk' : 'off_track';
}

const rounded = (share: number | null) => (share === null ? null : Math.round(share * 10_000) / 10_000);
