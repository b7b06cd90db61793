import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { type Config, readConfig } from '../../src/config/config';
import { GuardedRedis } from '../../src/redis/guarded-redis';
import type { RedisClient } from '../../src/redis/redis-client';
import { times } from '../support/concurrently';
import { describeWithRedis, describeWithRedisUrl, RedisServer } from '../support/redis';

const TIMEOUT_MS = 75;
/** Tolerance for a busy machine. */
const SLACK_MS = 1000;
const NO_SERVER = 'redis://127.0.0.1:1';

const configOf = (environment: Record<string, string>): Config =>
  readConfig({ DATABASE_URL: 'postgresql://none', ...environment });

const ping = (client: RedisClient) => client.ping();

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const start = performance.now();
  const result = await work();
  return { result, ms: performance.now() - start };
}

const opened: GuardedRedis[] = [];

beforeAll(() => {
  Logger.overrideLogger(false);
});

/** With a generous timeout by default: most tests are not about the timeout. */
function connect(environment: Record<string, string>, timeoutMs = 20_000): GuardedRedis {
  const redis = new GuardedRedis(configOf({ REDIS_TIMEOUT_MS: String(timeoutMs), ...environment }));
  opened.push(redis);
  redis.onModuleInit();
  return redis;
}

const connected = (redis: GuardedRedis) => until(() => redis.state === 'closed');

afterEach(async () => {
  for (const redis of opened.splice(0)) await redis.onApplicationShutdown();
  jest.restoreAllMocks();
});

/** Collects log lines until the end of the test. */
function collectLog(): string[] {
  const lines: string[] = [];
  jest.spyOn(Logger.prototype, 'log').mockImplementation((text: string) => void lines.push(`log ${text}`));
  jest.spyOn(Logger.prototype, 'warn').mockImplementation((_, text: string) => void lines.push(`warn ${text}`));
  return lines;
}

describe('GuardedRedis without Redis', () => {
  it('is off where Redis is not configured', async () => {
    const redis = connect({});
    expect([redis.isConfigured, redis.state]).toEqual([false, 'off']);
    const command = jest.fn(ping);
    expect(await redis.attempt(command)).toBeUndefined();
    expect(command).not.toHaveBeenCalled();
    expect(redis.stats()).toEqual({ state: 'off', commands: 0, failures: 0, timeouts: 0 });
  });

  it('is open without a server: it sends nothing, does not wait, and reports the error', async () => {
    const redis = connect({ REDIS_URL: NO_SERVER });
    await until(() => redis.stats().lastError !== undefined);
    const { result, ms } = await timed(() => Promise.all(times(1000, () => redis.attempt(ping))));
    expect(result.every((response) => response === undefined)).toBe(true);
    expect(ms).toBeLessThan(SLACK_MS);
    expect(redis.stats()).toMatchObject({ state: 'open', commands: 0, failures: 0 });
    expect(redis.stats().lastError).toMatch(/ECONNREFUSED/);
  });
});

describeWithRedisUrl('GuardedRedis', (url) => {
  it('runs commands and returns their results', async () => {
    const redis = connect({ REDIS_URL: url });
    expect([redis.isConfigured, redis.state]).toEqual([true, 'open']);
    await connected(redis);
    expect(await redis.attempt(ping)).toBe('PONG');
    expect(await redis.attempt((client) => client.get('mdl:test:nothing'))).toBeNull();
    const { commands, failures, latencyMs } = redis.stats();
    expect([commands, failures]).toEqual([2, 0]);
    expect(latencyMs).toBeGreaterThan(0);
  });

  it('returns undefined for a refused command, and reports the error', async () => {
    const redis = connect({ REDIS_URL: url });
    await connected(redis);
    expect(await redis.attempt((client) => client.sendCommand(['NO-SUCH-COMMAND']))).toBeUndefined();
    expect(
      await redis.attempt(() => {
        throw new Error('thrown at once');
      }),
    ).toBeUndefined();
    expect(redis.stats()).toMatchObject({ failures: 2, timeouts: 0, lastError: 'thrown at once', state: 'closed' });
  });

  it('runs thousands of concurrent commands', async () => {
    const redis = connect({ REDIS_URL: url });
    await connected(redis);
    const results = await Promise.all(times(5000, (index) => redis.attempt((client) => client.echo(String(index)))));
    expect(results).toEqual(times(5000, String));
  });

  it('does not count a stall of this process as a timeout', async () => {
    const redis = connect({ REDIS_URL: url }, TIMEOUT_MS);
    await connected(redis);
    const results = times(20, () => redis.attempt(ping));
    // The commands are written in the next turn of the event loop; then it is blocked.
    setImmediate(() => setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)));
    expect(await Promise.all(results)).toEqual(times(20, () => 'PONG'));
    expect(redis.stats()).toMatchObject({ state: 'closed', timeouts: 0 });
  });
});

describeWithRedis('GuardedRedis with a failing Redis', () => {
  let server: RedisServer;

  beforeEach(async () => {
    server = await RedisServer.start();
  });
  afterEach(() => server.stop());

  it('connects with host, port, password and database', async () => {
    await server.run((client) => client.configSet('requirepass', 'secret'));
    const { hostname, port } = new URL(server.url);
    const redis = connect({ REDIS_HOST: hostname, REDIS_PORT: port, REDIS_PASSWORD: 'secret', REDIS_DB: '3' });
    await connected(redis);
    expect(await redis.attempt((client) => client.clientInfo())).toMatchObject({ db: 3 });
  });

  it('reports a wrong password, and connects once it is right', async () => {
    await server.run(async (client) => {
      await client.configSet('requirepass', 'secret');
      const redis = connect({ REDIS_URL: server.url.replace('//', '//:other@') });
      await until(() => redis.stats().lastError !== undefined);
      expect(redis.stats()).toMatchObject({ state: 'open', lastError: expect.stringMatching(/WRONGPASS/) as string });
      await client.configSet('requirepass', 'other');
      await connected(redis);
      expect(await redis.attempt(ping)).toBe('PONG');
    });
  });

  it('does not wait for Redis at the start, and connects when it is available', async () => {
    await server.kill();
    const redis = connect({ REDIS_URL: server.url });
    expect(await redis.attempt(ping)).toBeUndefined();
    await server.restart();
    await connected(redis);
    expect(await redis.attempt(ping)).toBe('PONG');
  });

  it('reconnects after a restart of Redis', async () => {
    const lines = collectLog();
    const redis = connect({ REDIS_URL: server.url });
    await connected(redis);
    await redis.attempt((client) => client.set('key', 'value'));
    const inFlight = times(50, () => redis.attempt((client) => client.get('key')));
    await server.kill();
    for (const result of await Promise.all(inFlight)) expect(['value', undefined]).toContain(result);
    await until(() => redis.state === 'open');
    expect(await redis.attempt(ping)).toBeUndefined();

    await server.restart();
    await connected(redis);
    expect(await redis.attempt((client) => client.get('key'))).toBeNull();
    expect(lines).toEqual([
      'log Redis available',
      expect.stringMatching(/^warn Redis unavailable; continuing without it: ./),
      'log Redis available',
    ]);
  });

  it('opens the circuit breaker when Redis freezes, and recovers', async () => {
    const lines = collectLog();
    const redis = connect({ REDIS_URL: server.url }, TIMEOUT_MS);
    await connected(redis);
    server.freeze();
    const thaw = sleep(3000).then(() => server.thaw());
    for (let count = 0; count < 5; count++) {
      const { result, ms } = await timed(() => redis.attempt(ping));
      expect(result).toBeUndefined();
      expect(ms).toBeGreaterThan(TIMEOUT_MS - 5);
      expect(ms).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    }
    expect(redis.stats()).toMatchObject({ state: 'open', commands: 5, failures: 5, timeouts: 5 });

    const { ms } = await timed(() => Promise.all(times(1000, () => redis.attempt(ping))));
    expect(ms).toBeLessThan(SLACK_MS);
    expect(redis.stats().commands).toBe(5);

    await thaw;
    await until(async () => (await redis.attempt(ping)) === 'PONG');
    expect(redis.state).toBe('closed');
    // One line for each change.
    expect(lines).toEqual([
      'log Redis available',
      `warn Redis unavailable; continuing without it: no response within ${TIMEOUT_MS} ms`,
      'log Redis available',
    ]);
  });

  it('closes an unresponsive connection, and reconnects when Redis thaws', async () => {
    const redis = connect({ REDIS_URL: server.url });
    await connected(redis);
    server.freeze();
    await until(() => /timeout/i.test(redis.stats().lastError ?? ''));
    expect(redis.state).toBe('open');
    server.thaw();
    await connected(redis);
    expect(await redis.attempt(ping)).toBe('PONG');
  });

  it('closes within the timeout when Redis is frozen', async () => {
    const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
    const before = sockets();
    const redis = connect({ REDIS_URL: server.url }, TIMEOUT_MS);
    await connected(redis);
    expect(sockets()).toBe(before + 1);
    server.freeze();
    const inFlight = times(100, () => redis.attempt(ping));
    const { ms } = await timed(() => redis.onApplicationShutdown());
    expect(ms).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    expect(await Promise.all(inFlight)).toEqual(times(100, () => undefined));
    expect(await redis.attempt(ping)).toBeUndefined();
    // No socket is left that would keep the process alive.
    expect((await timed(() => until(() => sockets() === before))).ms).toBeLessThan(SLACK_MS);
  });

  it('completes commands in progress when it is closed', async () => {
    const redis = connect({ REDIS_URL: server.url });
    await connected(redis);
    const inFlight = times(100, (index) => redis.attempt((client) => client.set(`key-${index}`, 'kept')));
    await redis.onApplicationShutdown();
    expect(await Promise.all(inFlight)).toEqual(times(100, () => 'OK'));
    expect(await server.run((client) => client.dbSize())).toBe(100);
  });

  it('can be closed while it reconnects', async () => {
    await server.kill();
    const redis = connect({ REDIS_URL: server.url });
    await until(() => redis.stats().lastError !== undefined);
    const { ms } = await timed(() => redis.onApplicationShutdown());
    expect(ms).toBeLessThan(SLACK_MS);
    await server.restart();
    await sleep(2500);
    expect(await server.run((client) => client.clientList())).toHaveLength(1);
  });
});
