import { sleep } from 'k6';
import type { Options, Scenario } from 'k6/options';

/**
 * The duration: the default of the scenario, its short form with `DURATION=short`, or `DURATION`, such as `30s`.
 */
export function lasting(full: string, short: string): string {
  const { DURATION: given = '' } = __ENV;
  const chosen = given === 'short' ? short : given || full;
  seconds(chosen);
  return chosen;
}

/** Seconds of a text such as `90s`, `2m30s` or `1h`. @throws Error for any other */
export function seconds(duration: string): number {
  const units: Record<string, number> = { h: 3600, m: 60, s: 1 };
  const parts = [...duration.matchAll(/(\d+)([hms])/g)];
  if (parts.map(([part]) => part).join('') !== duration || duration === '')
    throw new Error(`DURATION must be short or a duration such as 30s or 2m, not ${duration}`);
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 0), 0);
}

const thinkFactor = Number(__ENV.THINK ?? 1);

/** Pauses for 50 to 150 percent of `average` seconds. `THINK=0.5` halves it. */
export const thinking = (average: number) => (): void => sleep(thinkFactor * average * (0.5 + Math.random()));

/** A level of load. */
export interface Phase {
  name: string;
  vus: number;
  lasts: string;
  /** Seconds without load before it. */
  after?: number;
  thresholds: Record<string, string[]>;
}

/** Seconds that a visit may continue after its phase. */
const GRACE = 5;

/** Options for consecutive phases, each with thresholds for its own requests (`{phase:name}`). */
export function inPhases(phases: Phase[]): Pick<Options, 'scenarios' | 'thresholds'> {
  const scenarios: Record<string, Scenario> = {};
  const thresholds: Record<string, string[]> = {};
  let start = 0;
  for (const { name, vus, lasts, after = 0, thresholds: own } of phases) {
    start += after;
    scenarios[name] = {
      executor: 'constant-vus',
      vus,
      duration: lasts,
      startTime: `${start}s`,
      gracefulStop: `${GRACE}s`,
      tags: { phase: name },
    };
    start += seconds(lasts);
    // This threshold always passes. It makes k6 report the requests of each phase separately.
    for (const [metric, limits] of Object.entries({ http_reqs: ['count>0'], ...own }))
      thresholds[`${metric}{phase:${name}}`] = limits;
  }
  return { scenarios, thresholds };
}
