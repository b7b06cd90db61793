import { createClient } from '@redis/client';
import { hasRedisServer, type Redis, startTemporaryRedis } from '../../dev/redis.ts';
import type { RedisClient } from '../../src/redis/redis-client';

// `npm test` prints what is skipped without Redis.
const describeIf = (condition: boolean) => (condition ? describe : describe.skip);

/** `describe` for tests that start a `RedisServer`; skipped where this machine has none. */
export const describeWithRedis = (name: string, tests: () => void): void => describeIf(hasRedisServer())(name, tests);

/**
 * `describe` for tests that any Redis will do for, be it the developer's own: they get the URL of a database that no
 * other worker uses, and remove no key but theirs.
 */
export function describeWithRedisUrl(name: string, tests: (url: string) => void): void {
  const given = process.env['TEST_REDIS_URL'];
  describeIf(Boolean(given))(name, () => tests(given ? databaseOfWorker(given) : ''));
}

/** The last of the sixteen that a Redis has are the least likely to be in use. */
function databaseOfWorker(server: string): string {
  const url = new URL(server);
  url.pathname = `/${16 - Number(process.env['JEST_WORKER_ID'] ?? 1)}`;
  return url.href;
}

/** A redis-server of the test's own, to be frozen, killed and emptied. */
export class RedisServer {
  private constructor(private redis: Redis) {}

  static async start(): Promise<RedisServer> {
    return new RedisServer(await startTemporaryRedis());
  }

  get url(): string {
    return this.redis.url;
  }

  /** Connections stay open, and nothing is answered. */
  freeze(): void {
    process.kill(this.redis.pid, 'SIGSTOP');
  }

  thaw(): void {
    process.kill(this.redis.pid, 'SIGCONT');
  }

  /** kill -9. */
  kill(): Promise<void> {
    return this.redis.stop();
  }

  /** An empty one in its place, on the same port. */
  async restart(): Promise<void> {
    await this.redis.stop();
    this.redis = await startTemporaryRedis(this.redis.port);
  }

  /** FLUSHALL. */
  async empty(): Promise<void> {
    await this.run((client) => client.flushAll());
  }

  /** Runs a command on a connection of its own, without the limits of the service. */
  async run<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    const client = createClient({ url: this.url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await command(client);
    } finally {
      client.destroy();
    }
  }

  stop(): Promise<void> {
    return this.redis.stop();
  }
}
