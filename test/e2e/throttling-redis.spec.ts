import { ThrottlingStats } from '../../src/throttling/throttling-stats';
import { GuardedRedis } from '../../src/redis/guarded-redis';
import { TestApp } from '../support/app';
import { times } from '../support/concurrently';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { domain } from '../support/documents';
import { describeWithRedis, RedisServer } from '../support/redis';

const METRICS = '/api/v1/metrics';

describeWithRedis('rate limiting of several instances', () => {
  let redis: RedisServer;
  let database: TestDatabase;
  let instances: TestApp[];
  /** Each test is a client of its own, by the address that a trusted proxy forwards. */
  let address = 0;
  const from = () => ({ 'x-forwarded-for': `198.51.100.${address}` });
  /** Sends requests to the instances in turn. */
  const request = (index: number, url = METRICS, headers = {}) =>
    (instances[index % 2] as TestApp).get(url, { ...from(), ...headers });
  const requestMany = (count: number) => Promise.all(times(count, (index) => request(index)));
  const statusesOf = (responses: { status: number }[]) => {
    const count = (status: number) => responses.filter((response) => response.status === status).length;
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
      // Long enough for a busy machine: after a timeout an instance counts locally, and no longer exactly.
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

  it('allows exactly the quota for all instances, also for concurrent requests', async () => {
    expect(statusesOf(await requestMany(120))).toEqual({ 200: 50, 429: 70 });
    expect(statusesOf(await requestMany(20))).toEqual({ 200: 0, 429: 20 });
  });

  it('shows the shared remainder in each instance', async () => {
    const responses = [];
    for (let index = 0; index < 4; index++) responses.push(await request(index));
    expect(responses.map(({ headers }) => headers.ratelimit)).toEqual([
      '"anonymous";r=49;t=60',
      expect.stringMatching(/^"anonymous";r=48;t=\d\d$/),
      expect.stringMatching(/^"anonymous";r=47;t=\d\d$/),
      expect.stringMatching(/^"anonymous";r=46;t=\d\d$/),
    ]);
  });

  it('stores windows with an expiry that refused requests do not postpone', async () => {
    await requestMany(60);
    const left = await redis.run((client) => client.pTTL(keyOf('anonymous')));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(60_000);
    await requestMany(60);
    expect(await redis.run((client) => client.pTTL(keyOf('anonymous')))).toBeLessThanOrEqual(left);
    expect(await redis.run((client) => client.get(keyOf('anonymous')))).toBe('50');
  });

  it('counts a write against both limits or none', async () => {
    const responses = await Promise.all(
      times(10, (index) =>
        (instances[index % 2] as TestApp).post('/api/v1/domains', domain(`shared-${index}`), from()),
      ),
    );
    expect(responses.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 429, 429, 429, 429, 429, 429]);
    const [row] = await (instances[0] as TestApp).sql(
      `SELECT count(*)::int AS count FROM domains WHERE key LIKE 'shared-%'`,
    );
    expect(row).toEqual({ count: 4 });
    expect((await request(1)).headers['x-ratelimit-remaining']).toBe('45');
  });

  it('does not count a 304, whichever instance sends it', async () => {
    const path = '/api/v1/domains/shared';
    await (instances[0] as TestApp).post('/api/v1/domains', domain('shared'), { 'x-forwarded-for': '203.0.113.1' });
    const { headers } = await request(0, path);
    const condition = { 'if-none-match': headers.etag ?? '' };
    const responses = [];
    for (let index = 0; index < 120; index++) responses.push(await request(index, path, condition));
    expect(responses.filter(({ status }) => status !== 304)).toEqual([]);
    // The decrement has run once a later command on the same connection has.
    await connected();
    expect((await request(0)).headers['x-ratelimit-remaining']).toBe('48');
  });

  it('loads its script again after SCRIPT FLUSH', async () => {
    await request(0);
    await redis.run((client) => client.scriptFlush());
    expect((await request(0)).headers['x-ratelimit-remaining']).toBe('48');
    expect((await request(1)).headers['x-ratelimit-remaining']).toBe('47');
  });

  describe.each([
    ['frozen', () => Promise.resolve(redis.freeze()), () => Promise.resolve(redis.thaw())],
    ['killed', () => redis.kill(), () => redis.restart()],
  ])('when Redis is %s', (_, fail, heal) => {
    it('continues in each instance from the last known count', async () => {
      for (let index = 0; index < 20; index++) await request(index);
      const countedLocally = () => instances.map(({ app }) => app.get(ThrottlingStats).countedLocally);
      const before = countedLocally();
      await fail();
      const begin = performance.now();
      const responses = await requestMany(120);
      const seconds = (performance.now() - begin) / 1000;
      await heal();
      // One instance knows of 19 requests, the other of 20; each lets the rest of 50 pass.
      const { 200: passed, 429: refused } = statusesOf(responses);
      expect([passed, refused]).toEqual([61, 59]);
      expect(seconds).toBeLessThan(10);
      countedLocally().forEach((count, index) => expect(count).toBeGreaterThan(before[index] ?? 0));

      await connected();
      address += 100;
      expect(statusesOf(await requestMany(70))).toEqual({ 200: 50, 429: 20 });
    });
  });
});

describeWithRedis('rate limiting without the configured Redis', () => {
  it('limits in the instance from the start', async () => {
    const t = await TestApp.start({
      THROTTLE_ENABLED: 'true',
      THROTTLE_ANONYMOUS: '5',
      REDIS_URL: 'redis://127.0.0.1:1',
    });
    const responses = await Promise.all(times(12, () => t.get(METRICS)));
    expect(responses.map(({ status }) => status).sort()).toEqual([...times(5, () => 200), ...times(7, () => 429)]);
    await t.stop();
  });
});
