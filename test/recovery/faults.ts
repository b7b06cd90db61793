import pg from 'pg';
import { createClient } from '@redis/client';
import { type Redis, startTemporaryRedis } from '../../dev/redis.ts';
import type { CrashingPostgres } from '../durability/crashing-postgres.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import { withClient } from './client.ts';
import type { SmallDisk } from './small-disk.ts';

/** What the service depends on. The service reaches PostgreSQL through the proxy only. */
export interface Dependencies {
  postgres: CrashingPostgres;
  proxy: TcpProxy;
  /** The URL of the database for the owner of the tables, without the proxy. */
  owner: string;
  /** Undefined where file systems cannot be mounted. */
  disk: SmallDisk | undefined;
  redis: Redis | undefined;
}

export interface Fault {
  name: string;
  cause: () => Promise<void>;
  /** Removes the cause; undefined where the cause stays, such as connections that are dead. */
  heal: (() => Promise<void>) | undefined;
}

/** Each fault of a dependency that the service must survive. */
export function faultsOf({ postgres, proxy, owner, disk, redis }: Dependencies): Fault[] {
  return [
    now(
      'PostgreSQL frozen',
      () => proxy.freeze(),
      () => proxy.heal(),
    ),
    now('packets of open connections lost', () => proxy.freezeOpen()),
    { name: 'PostgreSQL read-only', cause: () => setReadOnly(owner, true), heal: () => setReadOnly(owner, false) },
    ...(disk ? [{ name: 'disk of PostgreSQL full', cause: () => disk.fill(), heal: () => disk.clear() }] : []),
    { name: 'PostgreSQL killed, restarted', cause: () => postgres.kill(), heal: () => postgres.restart() },
    locked(owner),
    ...(redis ? faultsOfRedis(redis) : []),
  ];
}

function faultsOfRedis(given: Redis): Fault[] {
  let redis = given;
  const command = async (name: string, ...args: string[]) => {
    const client = createClient({ url: redis.url });
    await client.connect();
    await client.sendCommand([name, ...args]).finally(() => client.destroy());
  };
  return [
    now(
      'Redis frozen',
      () => process.kill(redis.pid, 'SIGSTOP'),
      () => process.kill(redis.pid, 'SIGCONT'),
    ),
    {
      name: 'Redis killed, restarted',
      cause: () => redis.stop(),
      heal: async () => void (redis = await startTemporaryRedis(redis.port)),
    },
    {
      // A replica refuses writes. There is no server on port 1.
      name: 'Redis read-only',
      cause: () => command('REPLICAOF', '127.0.0.1', '1'),
      heal: () => command('REPLICAOF', 'NO', 'ONE'),
    },
  ];
}

const now = (name: string, cause: () => unknown, heal?: () => unknown): Fault => ({
  name,
  cause: () => Promise.resolve(void cause()),
  heal: heal && (() => Promise.resolve(void heal())),
});

/** As a demoted primary shows itself: new sessions are read-only, and those opened meanwhile stay so afterwards. */
async function setReadOnly(owner: string, isReadOnly: boolean): Promise<void> {
  const name = new URL(owner).pathname.slice(1);
  await withClient(owner, async (client) => {
    await client.query('SET default_transaction_read_only = off');
    await client.query(`ALTER DATABASE ${name} ${isReadOnly ? 'SET default_transaction_read_only = on' : 'RESET ALL'}`);
    const others = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()`;
    if (isReadOnly) await client.query(others, [name]);
  });
}

/** Another session holds the table. */
function locked(owner: string): Fault {
  const client = new pg.Client({ connectionString: owner });
  return {
    name: 'table locked by another session',
    cause: async () => {
      await client.connect();
      await client.query('BEGIN; LOCK TABLE metrics IN ACCESS EXCLUSIVE MODE');
    },
    heal: () => client.end(),
  };
}
