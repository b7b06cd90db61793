import { existsSync, readdirSync } from 'node:fs';
import { cpuTime, residentMemory } from '../bench/process-usage.ts';
import { median } from '../bench/result.ts';

/** What the process of the service used at a moment. */
export interface Usage {
  seconds: number;
  /** Resident memory in MB. */
  memory: number;
  /** CPU time since the sample before, as a share of one core. */
  cpu: number;
  /** Open files and sockets; known on Linux alone. */
  descriptors: number | null;
}

const EVERY_MS = 1000;
/** How much more memory at the end than in the second quarter still counts as flat. */
const FLAT = 1.2;

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Looks at a process every second until it is told to stop, and then once more; what is gone is looked at no more. */
export function watch(pid: number): () => Usage[] {
  const start = performance.now();
  const samples: Usage[] = [];
  let before = { at: start, cpu: cpuTime(pid) };
  const look = () => {
    if (!isAlive(pid)) return;
    const now = { at: performance.now(), cpu: cpuTime(pid) };
    samples.push({
      seconds: Math.round((now.at - start) / 1000),
      memory: Math.round(residentMemory(pid)),
      cpu: Math.round(((now.cpu - before.cpu) / (now.at - before.at)) * 100) / 100,
      descriptors: existsSync(`/proc/${pid}/fd`) ? readdirSync(`/proc/${pid}/fd`).length : null,
    });
    before = now;
  };
  const timer = setInterval(look, EVERY_MS);
  return () => {
    clearInterval(timer);
    look();
    return samples;
  };
}

/** Memory in the second and in the last quarter of a run; the first quarter fills what is meant to be full. */
export function memoryTrend(samples: Usage[]): { early: number; late: number; isFlat: boolean } {
  const quarter = Math.floor(samples.length / 4);
  const medianOf = (part: Usage[]) => median(part.map(({ memory }) => memory));
  const early = medianOf(samples.slice(quarter, 2 * quarter));
  const late = medianOf(samples.slice(-quarter));
  return { early, late, isFlat: late <= early * FLAT };
}
