import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './script.ts';

const VERSION = '18';

/** @throws Failure if the folder cannot be read */
export function isEmpty(data: string): boolean {
  try {
    return !existsSync(data) || readdirSync(data).length === 0;
  } catch (error) {
    // Another user, typically root, created it.
    throw new Failure(`${data} cannot be read (${(error as Error).message}). ${remedy(data)}`);
  }
}

/**
 * Removes a stale lock file.
 * @throws Failure with a remedy for a folder that PostgreSQL cannot use
 */
export function checkDataFolder(data: string): void {
  const versionFile = join(data, 'PG_VERSION');
  if (!existsSync(versionFile)) throw new Failure(`${data} is not a data folder of PostgreSQL. ${remedy(data)}`);
  const version = readFileSync(versionFile, 'utf8').trim();
  if (version !== VERSION)
    throw new Failure(`${data} was created by PostgreSQL ${version}; this is PostgreSQL ${VERSION}. ${remedy(data)}`);
  const lockFile = join(data, 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const pid = Number(readFileSync(lockFile, 'utf8').split('\n')[0]);
  if (commandOf(pid).includes('postgres')) {
    throw new Failure(
      `another PostgreSQL (process ${pid}) uses ${data}: stop the command in the other terminal, or run kill -INT ${pid}`,
    );
  }
  // The process id may belong to another program now. PostgreSQL would take that program for a running server.
  rmSync(lockFile);
}

/** How to start with another data folder. */
export function remedy(data: string): string {
  return `To start with an empty database, move the folder (mv ${data} ${data}.broken) and repeat the command`;
}

/** The name of the program of a process; '' if there is no such process. */
function commandOf(pid: number): string {
  if (!Number.isInteger(pid) || pid <= 0) return '';
  if (existsSync('/proc/self/comm'))
    return existsSync(`/proc/${pid}/comm`) ? readFileSync(`/proc/${pid}/comm`, 'utf8') : '';
  return spawnSync('ps', ['-p', String(pid), '-o', 'comm='], { encoding: 'utf8' }).stdout;
}
