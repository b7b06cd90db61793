import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import pg from 'pg';

/** The environment of a run. Only runs in similar environments can be compared. */
export interface Machine {
  time: string;
  /** The commit, with `+` if src/ has changes; empty without git. */
  commit: string;
  cpu: string;
  cores: number;
  memoryGB: number;
  system: string;
  /** The load average of the last minute before the run. */
  load: number;
  versions: Record<string, string>;
}

export async function describeMachine(databaseUrl: string, redis: string | undefined): Promise<Machine> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  await client.end();
  return {
    time: new Date().toISOString(),
    commit: commit(),
    cpu: cpus()[0]?.model ?? '',
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 1e9),
    system: `${platform()} ${release()}`,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    versions: {
      node: process.version,
      postgresql: rows[0]?.server_version ?? '',
      ...(redis !== undefined && { redis }),
      ...Object.fromEntries(['fastify', '@nestjs/core', 'pg', 'autocannon'].map((name) => [name, versionOf(name)])),
    },
  };
}

function commit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    return git('rev-parse', '--short', 'HEAD').trim() + (git('status', '--porcelain', 'src').trim() ? '+' : '');
  } catch {
    return '';
  }
}

const versionOf = (name: string): string =>
  (JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as { version: string }).version;
