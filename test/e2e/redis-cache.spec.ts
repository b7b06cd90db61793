import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { RedisCache } from '../../src/cache/redis-cache';
import { RedisCacheModule } from '../../src/cache/redis-cache.module';
import { readConfig } from '../../src/config/config';
import { ConfigModule } from '../../src/config/config.module';
import { GuardedRedis } from '../../src/redis/guarded-redis';
import { RedisModule } from '../../src/redis/redis.module';
import { times } from '../support/concurrently';
import { describeWithRedis, describeWithRedisUrl, RedisServer } from '../support/redis';

const TIMEOUT_MS = 75;
/** Tolerance for a busy machine. */
const SLACK_MS = 1000;

/** The Redis layer of one instance of the service. */
class Instance {
  private constructor(private readonly module: TestingModule) {}

  static async start(environment: Record<string, string>): Promise<Instance> {
    const config = readConfig({ DATABASE_URL: 'postgresql://none', ...environment });
    const module = await Test.createTestingModule({
      imports: [ConfigModule.of(config), RedisModule, RedisCacheModule],
    }).compile();
    return new Instance(await module.init());
  }

  get cache(): RedisCache {
    return this.module.get(RedisCache);
  }

  get redis(): GuardedRedis {
    return this.module.get(GuardedRedis);
  }

  async isConnected(): Promise<void> {
    while (this.redis.state !== 'closed') await sleep(20);
  }

  stop(): Promise<void> {
    return this.module.close();
  }
}

const started: Instance[] = [];

/** With a generous timeout by default: most tests are not about the timeout. */
async function start(url: string, timeoutMs = 20_000): Promise<Instance> {
  const instance = await Instance.start({ REDIS_URL: url, REDIS_TIMEOUT_MS: String(timeoutMs) });
  started.push(instance);
  await instance.isConnected();
  return instance;
}

beforeAll(() => {
  Logger.overrideLogger(false);
});
afterEach(async () => {
  for (const instance of started.splice(0)) await instance.stop();
});

describe('RedisCache without Redis', () => {
  it.each([
    ['configured', {}, false],
    ['running', { REDIS_URL: 'redis://127.0.0.1:1' }, true],
  ])('only has misses where Redis is not %s', async (_, environment, isConfigured) => {
    const instance = await Instance.start(environment);
    started.push(instance);
    expect(instance.cache.isConfigured).toBe(isConfigured);
    await instance.cache.set('key', 'text', 60);
    expect(await instance.cache.get('key')).toBeUndefined();
    expect(await instance.cache.flush()).toBe(0);
  });
});

describeWithRedisUrl('RedisCache', (url) => {
  const newKey = () => `test:${randomUUID()}`;
  const millisecondsLeft = ({ redis }: Instance, key: string) =>
    redis.attempt((client) => client.pTTL(`mdl:cache:${key}`));

  it('returns texts that another instance stored, unchanged', async () => {
    const [one, other] = [await start(url), await start(url)];
    const key = newKey();
    const text = `{"data":["${'ä€😀\\n"\u2028'.repeat(1000)}"]}\n\0`;
    expect(await other.cache.get(key)).toBeUndefined();
    await one.cache.set(key, text, 60);
    expect(await other.cache.get(key)).toBe(text);
    await one.cache.set(key, '', 60);
    expect(await other.cache.get(key)).toBe('');
  });

  it('stores texts under a readable key, with an expiry', async () => {
    const instance = await start(url);
    const key = newKey();
    await instance.cache.set(key, 'text', 90);
    const left = await millisecondsLeft(instance, key);
    expect(left).toBeGreaterThan(60_000);
    expect(left).toBeLessThanOrEqual(90_000);
  });

  it('expires texts after a fraction of a second too', async () => {
    const instance = await start(url);
    const key = newKey();
    await instance.cache.set(key, 'text', 1.0005);
    expect(await instance.cache.get(key)).toBe('text');
    while ((await millisecondsLeft(instance, key)) !== -2) await sleep(50);
    expect(await instance.cache.get(key)).toBeUndefined();
  });

  it.each([0, -1, 0.0004, Number.NaN])('does not store a text for %d seconds', async (seconds) => {
    const instance = await start(url);
    const key = newKey();
    await instance.cache.set(key, 'text', seconds);
    expect(await millisecondsLeft(instance, key)).toBe(-2);
  });

  it.each(['no JSON', '5', 'null', '"text"', '{"value":5}', '[]'])('treats the value %s as a miss', async (stored) => {
    const instance = await start(url);
    const key = newKey();
    await instance.redis.attempt((client) => client.set(`mdl:cache:${key}`, stored, { EX: 60 }));
    expect(await instance.cache.get(key)).toBeUndefined();
    await instance.cache.set(key, 'text', 60);
    expect(await instance.cache.get(key)).toBe('text');
  });
});

describeWithRedis('RedisCache with a failing Redis', () => {
  let server: RedisServer;

  beforeEach(async () => {
    server = await RedisServer.start();
  });
  afterEach(() => server.stop());

  it('removes its own keys by a flush, and no others', async () => {
    const { cache } = await start(server.url);
    const others = { 'mdl:throttle:somebody': '5', 'mdl:cacheX': '1', other: 'theirs' };
    await cache.set('key', 'text', 60);
    const many = await server.run(async (client) => {
      await client.mSet({ ...others, ...Object.fromEntries(times(5000, (index) => [`mdl:cache:${index}`, 'text'])) });
      return client.dbSize();
    });
    expect(await cache.flush()).toBe(many - 3);
    expect((await server.run((client) => client.keys('*'))).sort()).toEqual(Object.keys(others).sort());
    expect(await cache.flush()).toBe(0);
  });

  it('has misses after FLUSHALL, and stores again', async () => {
    const { cache } = await start(server.url);
    await cache.set('key', 'text', 60);
    await server.empty();
    expect(await cache.get('key')).toBeUndefined();
    await cache.set('key', 'new', 60);
    expect(await cache.get('key')).toBe('new');
  });

  it('has misses while Redis is down, and stores again after a restart', async () => {
    const instance = await start(server.url);
    await instance.cache.set('key', 'text', 60);
    await server.kill();
    expect(await instance.cache.get('key')).toBeUndefined();
    await instance.cache.set('key', 'text', 60);
    expect(await instance.cache.flush()).toBe(0);
    await server.restart();
    await instance.isConnected();
    expect(await instance.cache.get('key')).toBeUndefined();
    await instance.cache.set('key', 'new', 60);
    expect(await instance.cache.get('key')).toBe('new');
  });

  it('has misses within the timeout while Redis is frozen, and works again afterwards', async () => {
    const [used, unused] = [await start(server.url, TIMEOUT_MS), await start(server.url, TIMEOUT_MS)];
    await used.cache.set('key', 'text', 60);
    server.freeze();
    for (const { cache } of [used, unused]) {
      const began = performance.now();
      for (let count = 0; count < 6; count++) {
        expect(await cache.get('key')).toBeUndefined();
        await cache.set('key', 'new', 60);
      }
      // The circuit breaker opens after five timeouts.
      expect(performance.now() - began).toBeLessThan(5 * TIMEOUT_MS + SLACK_MS);
    }
    server.thaw();
    for (const { cache } of [used, unused]) {
      do {
        await sleep(20);
        await cache.set('key', 'newest', 60);
      } while ((await cache.get('key')) !== 'newest');
    }
  });
});
