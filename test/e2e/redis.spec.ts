import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { type Config, readConfig } from '../../src/config/config';
import { GuardedRedis } from '../../src/redis/guarded-redis';
import type { RedisClient } from '../../src/redis/redis-client';
import { times } from '../support/concurrently';
import { describeWithRedis, describeWithRedisUrl, RedisServer } from '../support/redis';

const DEADLINE_MS = 75;
/** What a busy machine may add to a deadline; far less than a hang. */
const SLACK_MS = 1000;
const NOBODY = 'redis://127.0.0.1:1';

const configOf = (environment: Record<string, string>): Config =>
  readConfig({ DATABASE_URL: 'postgresql://nobody@localhost/none', ...environment });

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

/** With a deadline that a busy machine does not miss, where it is not about the deadline. */
function connect(environment: Record<string, string>, deadlineMs = 20_000): GuardedRedis {
  const redis = new GuardedRedis(configOf({ REDIS_TIMEOUT_MS: String(deadlineMs), ...environment }));
  opened.push(redis);
  redis.onModuleInit();
  return redis;
}

const works = (redis: GuardedRedis) => until(() => redis.state === 'closed');

afterEach(async () => {
  for (const redis of opened.splice(0)) await redis.onApplicationShutdown();
  jest.restoreAllMocks();
});

/** What is logged from now on, to the end of the test. */
function logged(): string[] {
  const lines: string[] = [];
  jest.spyOn(Logger.prototype, 'log').mockImplementation((text: string) => void lines.push(`log ${text}`));
  jest.spyOn(Logger.prototype, 'warn').mockImplementation((_, text: string) => void lines.push(`warn ${text}`));
  return lines;
}

describe('the guarded connection without a Redis', () => {
  it('is off when none is configured, and costs nothing', async () => {
    const redis = connect({});
    expect([redis.isConfigured, redis.state]).toEqual([false, 'off']);
    const command = jest.fn(ping);
    expect(await redis.attempt(command)).toBeUndefined();
    expect(command).not.toHaveBeenCalled();
    expect(redis.stats()).toEqual({ state: 'off', commands: 0, failures: 0, timeouts: 0 });
  });

  it('is open when there is no server: nothing is sent, nobody waits, and the reason is told', async () => {
    const redis = connect({ REDIS_URL: NOBODY });
    await until(() => redis.stats().lastError !== undefined);
    const { result, ms } = await timed(() => Promise.all(times(1000, () => redis.attempt(ping))));
    expect(result.every((answer) => answer === undefined)).toBe(true);
    expect(ms).toBeLessThan(SLACK_MS);
    expect(redis.stats()).toMatchObject({ state: 'open', commands: 0, failures: 0 });
    expect(redis.stats().lastError).toMatch(/ECONNREFUSED/);
  });
});

describeWithRedisUrl('the guarded connection', (url) => {
  it('runs commands and hands on what they answer', async () => {
    const redis = connect({ REDIS_URL: url });
    expect([redis.isConfigured, redis.state]).toEqual([true, 'open']);
    await works(redis);
    expect(await redis.attempt(ping)).toBe('PONG');
    expect(await redis.attempt((client) => client.get('mdl:test:nothing'))).toBeNull();
    const { commands, failures, latencyMs } = redis.stats();
    expect([commands, failures]).toEqual([2, 0]);
    expect(latencyMs).toBeGreaterThan(0);
  });

  it('answers undefined to what Redis refuses, and says what that was', async () => {
    const redis = connect({ REDIS_URL: url });
    await works(redis);
    expect(await redis.attempt((client) => client.sendCommand(['NO-SUCH-COMMAND']))).toBeUndefined();
    expect(
      await redis.attempt(() => {
        throw new Error('thrown at once');
      }),
    ).toBeUndefined();
    expect(redis.stats()).toMatchObject({ failures: 2, timeouts: 0, lastError: 'thrown at once', state: 'closed' });
  });

  it('takes thousands of commands at once', async () => {
    const redis = connect({ REDIS_URL: url });
    await works(redis);
    const answers = await Promise.all(times(5000, (index) => redis.attempt((client) => client.echo(String(index)))));
    expect(answers).toEqual(times(5000, String));
  });

  it('does not blame Redis for time that this process took itself', async () => {
    const redis = connect({ REDIS_URL: url }, DEADLINE_MS);
    await works(redis);
    const answers = times(20, () => redis.attempt(ping));
    // The commands are written in the next turn of the event loop; then it stands still.
    setImmediate(() => setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)));
    expect(await Promise.all(answers)).toEqual(times(20, () => 'PONG'));
    expect(redis.stats()).toMatchObject({ state: 'closed', timeouts: 0 });
  });
});

describeWithRedis('the guarded connection to a Redis that fails', () => {
  let server: RedisServer;

  beforeEach(async () => {
    server = await RedisServer.start();
  });
  afterEach(() => server.stop());

  it('takes the parts of an address as well, password and database included', async () => {
    await server.ask((client) => client.configSet('requirepass', 'secret'));
    const { hostname, port } = new URL(server.url);
    const redis = connect({ REDIS_HOST: hostname, REDIS_PORT: port, REDIS_PASSWORD: 'secret', REDIS_DB: '3' });
    await works(redis);
    expect(await redis.attempt((client) => client.clientInfo())).toMatchObject({ db: 3 });
  });

  it('tells a wrong password, and goes on when it has become right', async () => {
    await server.ask(async (client) => {
      await client.configSet('requirepass', 'secret');
      const redis = connect({ REDIS_URL: server.url.replace('//', '//:other@') });
      await until(() => redis.stats().lastError !== undefined);
      expect(redis.stats()).toMatchObject({ state: 'open', lastError: expect.stringMatching(/WRONGPASS/) as string });
      await client.configSet('requirepass', 'other');
      await works(redis);
      expect(await redis.attempt(ping)).toBe('PONG');
    });
  });

  it('does not wait for a Redis that is absent at the start, and finds it when it comes', async () => {
    await server.kill();
    const redis = connect({ REDIS_URL: server.url });
    expect(await redis.attempt(ping)).toBeUndefined();
    await server.restart();
    await works(redis);
    expect(await redis.attempt(ping)).toBe('PONG');
  });

  it('finds a Redis again that was killed and started anew', async () => {
    const lines = logged();
    const redis = connect({ REDIS_URL: server.url });
    await works(redis);
    await redis.attempt((client) => client.set('key', 'value'));
    const inFlight = times(50, () => redis.attempt((client) => client.get('key')));
    await server.kill();
    for (const answer of await Promise.all(inFlight)) expect(['value', undefined]).toContain(answer);
    await until(() => redis.state === 'open');
    expect(await redis.attempt(ping)).toBeUndefined();

    await server.restart();
    await works(redis);
    expect(await redis.attempt((client) => client.get('key'))).toBeNull();
    expect(lines).toEqual([
      'log Redis available',
      expect.stringMatching(/^warn Redis unavailable; continuing without it: ./),
      'log Redis available',
    ]);
  });

  it('costs a few requests the deadline when Redis freezes, then nothing, and recovers by itself', async () => {
    const lines = logged();
    const redis = connect({ REDIS_URL: server.url }, DEADLINE_MS);
    await works(redis);
    server.freeze();
    const thaw = sleep(3000).then(() => server.thaw());
    for (let count = 0; count < 5; count++) {
      const { result, ms } = await timed(() => redis.attempt(ping));
      expect(result).toBeUndefined();
      expect(ms).toBeGreaterThan(DEADLINE_MS - 5);
      expect(ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
    }
    expect(redis.stats()).toMatchObject({ state: 'open', commands: 5, failures: 5, timeouts: 5 });

    const { ms } = await timed(() => Promise.all(times(1000, () => redis.attempt(ping))));
    expect(ms).toBeLessThan(SLACK_MS);
    expect(redis.stats().commands).toBe(5);

    await thaw;
    await until(async () => (await redis.attempt(ping)) === 'PONG');
    expect(redis.state).toBe('closed');
    // One line a change, not one a request.
    expect(lines).toEqual([
      'log Redis available',
      `warn Redis unavailable; continuing without it: no response within ${DEADLINE_MS} ms`,
      'log Redis available',
    ]);
  });

  it('gives up a connection that answers nothing, and connects anew when Redis thaws', async () => {
    const redis = connect({ REDIS_URL: server.url });
    await works(redis);
    server.freeze();
    await until(() => /timeout/i.test(redis.stats().lastError ?? ''));
    expect(redis.state).toBe('open');
    server.thaw();
    await works(redis);
    expect(await redis.attempt(ping)).toBe('PONG');
  });

  it('is closed without waiting when Redis is frozen, with commands under way', async () => {
    const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
    const before = sockets();
    const redis = connect({ REDIS_URL: server.url }, DEADLINE_MS);
    await works(redis);
    expect(sockets()).toBe(before + 1);
    server.freeze();
    const inFlight = times(100, () => redis.attempt(ping));
    const { ms } = await timed(() => redis.onApplicationShutdown());
    expect(ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
    expect(await Promise.all(inFlight)).toEqual(times(100, () => undefined));
    expect(await redis.attempt(ping)).toBeUndefined();
    // Nothing is left that would keep the process alive; a timeout of the connection would come later.
    expect((await timed(() => until(() => sockets() === before))).ms).toBeLessThan(SLACK_MS);
  });

  it('finishes what is under way when it is closed', async () => {
    const redis = connect({ REDIS_URL: server.url });
    await works(redis);
    const inFlight = times(100, (index) => redis.attempt((client) => client.set(`key-${index}`, 'kept')));
    await redis.onApplicationShutdown();
    expect(await Promise.all(inFlight)).toEqual(times(100, () => 'OK'));
    expect(await server.ask((client) => client.dbSize())).toBe(100);
  });

  it('can be closed while it is still looking for a Redis', async () => {
    await server.kill();
    const redis = connect({ REDIS_URL: server.url });
    await until(() => redis.stats().lastError !== undefined);
    const { ms } = await timed(() => redis.onApplicationShutdown());
    expect(ms).toBeLessThan(SLACK_MS);
    await server.restart();
    await sleep(2500);
    expect(await server.ask((client) => client.clientList())).toHaveLength(1);
  });
});
