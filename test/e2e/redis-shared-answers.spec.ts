import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { RedisCache, redisCacheModule } from '../../src/cache/redis-cache';
import { readConfig } from '../../src/config/config';
import { ConfigModule } from '../../src/config/config.module';
import { GuardedRedis } from '../../src/redis/guarded-redis';
import { RedisModule } from '../../src/redis/redis.module';
import { times } from '../support/concurrently';
import { describeWithRedis, describeWithRedisUrl, RedisServer } from '../support/redis';

const DEADLINE_MS = 75;
/** What a busy machine may add. */
const SLACK_MS = 1000;

/** One instance of the service, as far as this goes. */
class Instance {
  private constructor(private readonly module: TestingModule) {}

  static async start(environment: Record<string, string>): Promise<Instance> {
    const config = readConfig({ DATABASE_URL: 'postgresql://nobody@localhost/none', ...environment });
    const module = await Test.createTestingModule({
      imports: [ConfigModule.of(config), RedisModule, redisCacheModule],
      providers: [RedisCache],
    }).compile();
    return new Instance(await module.init());
  }

  get answers(): RedisCache {
    return this.module.get(RedisCache);
  }

  get redis(): GuardedRedis {
    return this.module.get(GuardedRedis);
  }

  async works(): Promise<void> {
    while (this.redis.state !== 'closed') await sleep(20);
  }

  stop(): Promise<void> {
    return this.module.close();
  }
}

const started: Instance[] = [];

/** With a deadline that a busy machine does not miss, where it is not about the deadline. */
async function start(url: string, deadlineMs = 20_000): Promise<Instance> {
  const instance = await Instance.start({ REDIS_URL: url, REDIS_TIMEOUT_MS: String(deadlineMs) });
  started.push(instance);
  await instance.works();
  return instance;
}

beforeAll(() => {
  Logger.overrideLogger(false);
});
afterEach(async () => {
  for (const instance of started.splice(0)) await instance.stop();
});

describe('shared answers without a Redis', () => {
  it.each([
    ['configured', {}, false],
    ['running', { REDIS_URL: 'redis://127.0.0.1:1' }, true],
  ])('where none is %s, all are misses', async (_, environment, isConfigured) => {
    const instance = await Instance.start(environment);
    started.push(instance);
    expect(instance.answers.isConfigured).toBe(isConfigured);
    await instance.answers.set('key', 'text', 60);
    expect(await instance.answers.get('key')).toBeUndefined();
    expect(await instance.answers.flush()).toBe(0);
  });
});

describeWithRedisUrl('shared answers', (url) => {
  const newKey = () => `test:${randomUUID()}`;
  const millisecondsLeft = ({ redis }: Instance, key: string) =>
    redis.attempt((client) => client.pTTL(`mdl:answers:${key}`));

  it('are found by another instance, character by character', async () => {
    const [one, other] = [await start(url), await start(url)];
    const key = newKey();
    const text = `{"data":["${'ä€😀\\n"\u2028'.repeat(1000)}"]}\n\0`;
    expect(await other.answers.get(key)).toBeUndefined();
    await one.answers.set(key, text, 60);
    expect(await other.answers.get(key)).toBe(text);
    await one.answers.set(key, '', 60);
    expect(await other.answers.get(key)).toBe('');
  });

  it('lie in Redis under a name that can be read, and for as long as was said', async () => {
    const instance = await start(url);
    const key = newKey();
    await instance.answers.set(key, 'text', 90);
    const left = await millisecondsLeft(instance, key);
    expect(left).toBeGreaterThan(60_000);
    expect(left).toBeLessThanOrEqual(90_000);
  });

  it('are gone from Redis when their time is over, also when that is a fraction of a second', async () => {
    const instance = await start(url);
    const key = newKey();
    await instance.answers.set(key, 'text', 1.0005);
    expect(await instance.answers.get(key)).toBe('text');
    while ((await millisecondsLeft(instance, key)) !== -2) await sleep(50);
    expect(await instance.answers.get(key)).toBeUndefined();
  });

  it.each([0, -1, 0.0004, Number.NaN])('are not kept for %d seconds, let alone for ever', async (seconds) => {
    const instance = await start(url);
    const key = newKey();
    await instance.answers.set(key, 'text', seconds);
    expect(await millisecondsLeft(instance, key)).toBe(-2);
  });

  it.each(['no JSON', '5', 'null', '"text"', '{"value":5}', '[]'])(
    'are no answers when Redis has %s',
    async (stored) => {
      const instance = await start(url);
      const key = newKey();
      await instance.redis.attempt((client) => client.set(`mdl:answers:${key}`, stored, { EX: 60 }));
      expect(await instance.answers.get(key)).toBeUndefined();
      await instance.answers.set(key, 'text', 60);
      expect(await instance.answers.get(key)).toBe('text');
    },
  );
});

describeWithRedis('shared answers in a Redis that fails', () => {
  let server: RedisServer;

  beforeEach(async () => {
    server = await RedisServer.start();
  });
  afterEach(() => server.stop());

  it('are removed by a flush, and no other key is', async () => {
    const { answers } = await start(server.url);
    const others = { 'mdl:throttle:somebody': '5', 'mdl:answersX': '1', other: 'theirs' };
    await answers.set('key', 'text', 60);
    const many = await server.ask(async (client) => {
      await client.mSet({ ...others, ...Object.fromEntries(times(5000, (index) => [`mdl:answers:${index}`, 'text'])) });
      return client.dbSize();
    });
    expect(await answers.flush()).toBe(many - 3);
    expect((await server.ask((client) => client.keys('*'))).sort()).toEqual(Object.keys(others).sort());
    expect(await answers.flush()).toBe(0);
  });

  it('are misses after FLUSHALL, and kept again', async () => {
    const { answers } = await start(server.url);
    await answers.set('key', 'text', 60);
    await server.empty();
    expect(await answers.get('key')).toBeUndefined();
    await answers.set('key', 'new', 60);
    expect(await answers.get('key')).toBe('new');
  });

  it('are misses while Redis is down, and kept again in the one that comes', async () => {
    const instance = await start(server.url);
    await instance.answers.set('key', 'text', 60);
    await server.kill();
    expect(await instance.answers.get('key')).toBeUndefined();
    await instance.answers.set('key', 'text', 60);
    expect(await instance.answers.flush()).toBe(0);
    await server.restart();
    await instance.works();
    expect(await instance.answers.get('key')).toBeUndefined();
    await instance.answers.set('key', 'new', 60);
    expect(await instance.answers.get('key')).toBe('new');
  });

  it('are misses while Redis is frozen, at the cost of the deadline, and there again when it thaws', async () => {
    const [used, unused] = [await start(server.url, DEADLINE_MS), await start(server.url, DEADLINE_MS)];
    await used.answers.set('key', 'text', 60);
    server.freeze();
    for (const { answers } of [used, unused]) {
      const began = performance.now();
      for (let count = 0; count < 6; count++) {
        expect(await answers.get('key')).toBeUndefined();
        await answers.set('key', 'new', 60);
      }
      // Five times the deadline, then nothing.
      expect(performance.now() - began).toBeLessThan(5 * DEADLINE_MS + SLACK_MS);
    }
    server.thaw();
    for (const { answers } of [used, unused]) {
      do {
        await sleep(20);
        await answers.set('key', 'newest', 60);
      } while ((await answers.get('key')) !== 'newest');
    }
  });
});
