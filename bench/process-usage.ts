import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second (proc(5), sysconf(_SC_CLK_TCK)). */
const TICK_MS = 10;

/** Returns the resident memory of a process in MB (10^6 bytes). */
export function residentMemory(pid: number): number {
  const status = `/proc/${pid}/status`;
  const kibibytes = existsSync(status)
    ? /^VmRSS:\s+(\d+)/m.exec(readFileSync(status, 'utf8'))?.[1]
    : readPs('rss', pid);
  return (Number(kibibytes) * 1024) / 1e6;
}

/** Returns the CPU time of all threads of a process in milliseconds. */
export function cpuTime(pid: number): number {
  const stat = `/proc/${pid}/stat`;
  if (existsSync(stat)) {
    // The process name is in parentheses and may contain spaces, so the fields are counted after it.
    const fields = readFileSync(stat, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  }
  // [[days-]hours:]minutes:seconds.hundredths
  const parts = readPs('time', pid).split(/[-:]/).reverse().map(Number);
  const [seconds = 0, minutes = 0, hours = 0, days = 0] = parts;
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

const readPs = (column: 'rss' | 'time', pid: number) =>
  execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
