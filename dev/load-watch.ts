import { existsSync, readdirSync } from 'node:fs';
import { cpuTime, residentMemory } from '../bench/process-usage.ts';
import { median } from '../bench/result.ts';

/** The resource usage of the service at one time. */
export interface Usage {
  seconds: number;
  /** Resident memory in MB. */
  memory: number;
  /** CPU usage since the previous sample, as a share of one core. */
  cpu: number;
  /** Open files and sockets; null on systems other than Linux. */
  descriptors: number | null;
}

const EVERY_MS = 1000;
/** The largest ratio of the last to the second quarter that counts as flat. */
const FLAT = 1.2;

/** Whether a process exists. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Samples a process every second. @returns a function that takes a last sample and stops */
export function watch(pid: number): () => Usage[] {
  const start = performance.now();
  const samples: Usage[] = [];
  let before = { at: start, cpu: cpuTime(pid) };
  const sample = () => {
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
  const timer = setInterval(sample, EVERY_MS);
  return () => {
    clearInterval(timer);
    sample();
    return samples;
  };
}

/** Compares the memory of the second and the last quarter of a run. The first quarter fills the caches. */
export function memoryTrend(samples: Usage[]): { early: number; late: number; isFlat: boolean } {
  const quarter = Math.floor(samples.length / 4);
  const medianOf = (part: Usage[]) => median(part.map(({ memory }) => memory));
  const early = medianOf(samples.slice(quarter, 2 * quarter));
  const late = medianOf(samples.slice(-quarter));
  return { early, late, isFlat: late <= early * FLAT };
}
