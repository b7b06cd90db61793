import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { collect, type GuardedOptions } from './guarded-process.ts';
import { tryPort } from './ports.ts';
import { checkDataFolder, isEmpty, remedy } from './postgres-data-folder.ts';
import { binaries, giveToPostgres, startAsPostgres } from './postgres-process.ts';
import { atEnd, Failure } from './script.ts';

const USER = 'mdl';
/** The preferred port, so that clients can keep their settings. */
const PREFERRED_PORT = 54_318;
const START_DEADLINE_MS = 60_000;
/** Faster settings for tests. A crash may lose all data. */
const TEMPORARY_SETTINGS = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'max_connections=200'];

/** A running server. */
export interface Postgres {
  /** The URL of one of its databases. */
  url: (database: string) => string;
  /** The process id of the server. */
  pid: number;
  /** Settles when the server has ended. */
  exited: Promise<number>;
}

/** Starts a PostgreSQL with its data in `folder`, which is created if it is missing. It stops with the script. */
export async function startPostgres(folder: string): Promise<Postgres> {
  const data = resolve(folder);
  if (isEmpty(data)) {
    // Renamed when complete, so that an interrupted initdb leaves no incomplete data folder.
    const unfinished = `${data}.new`;
    rmSync(unfinished, { recursive: true, force: true });
    await initialise(unfinished, USER);
    renameSync(unfinished, data);
  }
  checkDataFolder(data);
  const port = (await tryPort(PREFERRED_PORT, '127.0.0.1')) ?? (await freePort());
  return start(data, port, USER, {});
}

/** Starts an empty temporary PostgreSQL. It stops with the script, and its data are deleted. */
export async function startTemporaryPostgres(settings = TEMPORARY_SETTINGS): Promise<Postgres> {
  const { folder, startAgain } = await prepareTemporaryPostgres(settings);
  return startAgain({ remove: folder });
}

/** Creates an empty temporary data folder. `startAgain` starts PostgreSQL on it, also after a crash, on the same port. */
export async function prepareTemporaryPostgres(
  settings: string[],
): Promise<{ folder: string; startAgain: (options?: GuardedOptions) => Promise<Postgres> }> {
  const folder = mkdtempSync(join(tmpdir(), 'mdl-postgres-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  giveToPostgres(folder);
  const data = join(folder, 'data');
  const password = randomUUID();
  await initialise(data, password);
  const port = await freePort();
  return { folder, startAgain: (options = {}) => start(data, port, password, options, settings) };
}

/** Creates a database if it does not exist. */
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

/** The role of the service, which owns nothing (migrations/application-role.ts). */
export const APPLICATION_ROLE = 'mdl_app';

/** Creates the role of the service if it does not exist. Its password is that of the owner, in the URL of the server. */
export async function ensureApplicationRole(server: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [APPLICATION_ROLE]);
    const password = client.escapeLiteral(decodeURIComponent(new URL(server).password));
    const verb = rowCount === 0 ? 'CREATE' : 'ALTER';
    await client.query(`${verb} ROLE ${APPLICATION_ROLE} LOGIN PASSWORD ${password}`);
  } finally {
    await client.end();
  }
}

/** The URL of a database for the service. */
export function asApplication(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.username = APPLICATION_ROLE;
  return url.href;
}

/** Creates an empty database on a server and replaces an older one of this name. @returns its URL */
export async function createDatabase(server: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: server });
  await client.connect().catch((error: Error) => {
    throw new Failure(`the PostgreSQL of TEST_DATABASE_URL is unavailable: ${error.message}`);
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
  if (port === undefined) throw new Failure('there is no free port');
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
    // The same collation on every machine.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ];
  const { exited, output } = startAsPostgres(initdb, data, args, { remove: passwordFile });
  const [code, text] = await Promise.all([exited, collect(output)]);
  if (code !== 0) throw new Failure(`PostgreSQL cannot create a data folder in ${data}: ${lastError(text)}`);
}

async function start(
  data: string,
  port: number,
  password: string,
  options: GuardedOptions,
  settings: string[] = [],
): Promise<Postgres> {
  const { postgres } = await binaries();
  // No Unix socket, because the length of its path is limited.
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
    // Another process took the port after it was chosen.
    if (log.includes('could not bind')) throw new Failure(`port ${port} is in use: repeat the command`);
    throw new Failure(`PostgreSQL does not start on ${data}: ${lastError(log)}. ${remedy(data)}`);
  }
  const url = (database: string) => `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;
  const [pid] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
  return { url, pid: Number(pid), exited: server.exited };
}

/** The last error in the log of a server. */
function lastError(log: string): string {
  const lines = log.trim().split('\n');
  const line = lines.findLast((text) => /FATAL|PANIC|error:/.test(text)) ?? lines.at(-1) ?? '';
  return line.replace(/^.*?(FATAL|PANIC|error):\s*/, '') || 'no error in its log';
}
