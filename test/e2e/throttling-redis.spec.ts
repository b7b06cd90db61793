import { ThrottlingStats } from '../../src/throttling/throttling-stats';
import { GuardedRedis } from '../../src/redis/guarded-redis';
import { TestApp } from '../support/app';
import { times } from '../support/concurrently';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { domain } from '../support/documents';
import { describeWithRedis, RedisServer } from '../support/redis';

const METRICS = '/api/v1/metrics';

describeWithRedis('limits on callers of several instances', () => {
  let redis: RedisServer;
  let database: TestDatabase;
  let instances: TestApp[];
  /** Every test is a caller of its own, which a trusted proxy names. */
  let address = 0;
  const from = () => ({ 'x-forwarded-for': `198.51.100.${address}` });
  /** Asks the instances in turn. */
  const ask = (index: number, url = METRICS, headers = {}) =>
    (instances[index % 2] as TestApp).get(url, { ...from(), ...headers });
  const askMany = (count: number) => Promise.all(times(count, (index) => ask(index)));
  const statusesOf = (answers: { status: number }[]) => {
    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    return { 200: count(200), 429: count(429) };
  };
  const keyOf = (limit: string) => `mdl:throttle:198.51.100.${address}:${limit}`;
  const connected = async () => {
    for (const { app } of instances)
      while ((await app.get(GuardedRedis).attempt((client) => client.ping())) !== 'PONG')
        await new Promise((resolve) => setTimeout(resolve, 20));
  };

  beforeAll(async () => {
    redis = await RedisServer.start();
    database = await createTestDatabase();
    const settings = {
      THROTTLE_ENABLED: 'true',
      THROTTLE_ANONYMOUS: '50',
      THROTTLE_WRITES: '4',
      TRUST_PROXY_HOPS: '1',
      REDIS_URL: redis.url,
      // Long enough for a busy machine: an answer too late is counted by one instance alone, and no longer exactly.
      REDIS_TIMEOUT_MS: '1000',
    };
    instances = [await TestApp.start(settings, database), await TestApp.start(settings, database)];
  });
  beforeEach(async () => {
    address++;
    await connected();
  });
  afterAll(async () => {
    for (const { app } of instances) await app.close();
    await database.drop();
    await redis.stop();
  });

  it('hold for all instances together, exactly, also at once', async () => {
    expect(statusesOf(await askMany(120))).toEqual({ 200: 50, 429: 70 });
    expect(statusesOf(await askMany(20))).toEqual({ 200: 0, 429: 20 });
  });

  it('are told by each instance as they are for all', async () => {
    const answers = [];
    for (let index = 0; index < 4; index++) answers.push(await ask(index));
    expect(answers.map(({ headers }) => headers.ratelimit)).toEqual([
      '"anonymous";r=49;t=60',
      expect.stringMatching(/^"anonymous";r=48;t=\d\d$/),
      expect.stringMatching(/^"anonymous";r=47;t=\d\d$/),
      expect.stringMatching(/^"anonymous";r=46;t=\d\d$/),
    ]);
  });

  it('end: nothing stays in Redis for ever, and refused requests prolong nothing', async () => {
    await askMany(60);
    const left = await redis.ask((client) => client.pTTL(keyOf('anonymous')));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(60_000);
    await askMany(60);
    expect(await redis.ask((client) => client.pTTL(keyOf('anonymous')))).toBeLessThanOrEqual(left);
    expect(await redis.ask((client) => client.get(keyOf('anonymous')))).toBe('50');
  });

  it('count a write in both windows or in none', async () => {
    const answers = await Promise.all(
      times(10, (index) =>
        (instances[index % 2] as TestApp).post('/api/v1/domains', domain(`shared-${index}`), from()),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 429, 429, 429, 429, 429, 429]);
    const [row] = await (instances[0] as TestApp).sql(
      `SELECT count(*)::int AS count FROM domains WHERE key LIKE 'shared-%'`,
    );
    expect(row).toEqual({ count: 4 });
    expect((await ask(1)).headers['x-ratelimit-remaining']).toBe('45');
  });

  it('give back what is answered 304, by whichever instance', async () => {
    const path = '/api/v1/domains/shared';
    await (instances[0] as TestApp).post('/api/v1/domains', domain('shared'), { 'x-forwarded-for': '203.0.113.1' });
    const { headers } = await ask(0, path);
    const condition = { 'if-none-match': headers.etag ?? '' };
    const answers = [];
    for (let index = 0; index < 120; index++) answers.push(await ask(index, path, condition));
    expect(answers.filter(({ status }) => status !== 304)).toEqual([]);
    // What was given back is in Redis once a later command on the same connection is answered.
    await connected();
    expect((await ask(0)).headers['x-ratelimit-remaining']).toBe('48');
  });

  it('survive a Redis that has forgotten its scripts', async () => {
    await ask(0);
    await redis.ask((client) => client.scriptFlush());
    expect((await ask(0)).headers['x-ratelimit-remaining']).toBe('48');
    expect((await ask(1)).headers['x-ratelimit-remaining']).toBe('47');
  });

  describe.each([
    ['frozen', () => Promise.resolve(redis.freeze()), () => Promise.resolve(redis.thaw())],
    ['killed', () => redis.kill(), () => redis.restart()],
  ])('when Redis is %s', (_, fail, heal) => {
    it('go on in each instance from what was counted: no 500, no wait, no free start', async () => {
      for (let index = 0; index < 20; index++) await ask(index);
      const alone = () => instances.map(({ app }) => app.get(ThrottlingStats).countedLocally);
      const before = alone();
      await fail();
      const begin = performance.now();
      const answers = await askMany(120);
      const seconds = (performance.now() - begin) / 1000;
      await heal();
      // One instance knows of 19 requests, the other of 20; each lets the rest of 50 pass.
      const { 200: passed, 429: refused } = statusesOf(answers);
      expect([passed, refused]).toEqual([61, 59]);
      expect(seconds).toBeLessThan(10);
      alone().forEach((count, index) => expect(count).toBeGreaterThan(before[index] ?? 0));

      await connected();
      address += 100;
      expect(statusesOf(await askMany(70))).toEqual({ 200: 50, 429: 20 });
    });
  });
});

describeWithRedis('limits on callers without the Redis they are to be kept in', () => {
  it('hold in the instance from the start', async () => {
    const t = await TestApp.start({
      THROTTLE_ENABLED: 'true',
      THROTTLE_ANONYMOUS: '5',
      REDIS_URL: 'redis://127.0.0.1:1',
    });
    const answers = await Promise.all(times(12, () => t.get(METRICS)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...times(5, () => 200), ...times(7, () => 429)]);
    await t.stop();
  });
});
