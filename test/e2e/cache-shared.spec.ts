import { setTimeout as sleep } from 'node:timers/promises';
import type { CacheReportDto } from '../../src/operations/cache-report.dto';
import { TestApp } from '../support/app';
import { describeWithRedis, RedisServer } from '../support/redis';

const LIST = '/api/v1/metrics';

describeWithRedis('instances that share cache entries', () => {
  let redis: RedisServer;
  let one: TestApp;
  let two: TestApp;

  beforeAll(async () => {
    redis = await RedisServer.start();
    one = await TestApp.start({ REDIS_URL: redis.url });
    two = await TestApp.start({ REDIS_URL: redis.url }, one.database);
    await one.post(LIST, { metric_id: 'mrr', name: 'Monthly', description: 'What it means. '.repeat(100) });
  });
  afterAll(async () => {
    redis.thaw();
    await two.app.close();
    await one.stop();
    await redis.stop();
  });

  const storedKeys = () => redis.run((client) => client.keys('mdl:cache:*'));
  const report = async (t: TestApp) => (await t.get('/api/cache/stats')).body as CacheReportDto;
  const untilState = async (state: string) => {
    while ((await report(one)).redis.state !== state || (await report(two)).redis.state !== state) {
      await two.get(`${LIST}?limit=99`);
      await sleep(20);
    }
  };
  /** A response is sent before its entry has arrived in Redis. */
  const storedKey = async (url: string): Promise<string> => {
    for (;;) {
      const key = (await storedKeys()).find((name) => name.endsWith(url));
      if (key !== undefined) return key;
      await sleep(10);
    }
  };

  it('serve the entries of each other, with headers, in every encoding', async () => {
    await untilState('closed');
    const first = await one.get(`${LIST}?sort=name`);
    await storedKey(`${LIST}?sort=name`);
    const second = await two.get(`${LIST}?sort=name`);
    expect([first.headers['x-cache'], second.headers['x-cache']]).toEqual(['MISS', 'HIT']);
    expect(second.text).toBe(first.text);
    for (const header of ['etag', 'link', 'x-total-count', 'content-type', 'vary', 'cache-control'])
      expect([header, second.headers[header]]).toEqual([header, first.headers[header]]);
    const uncompressed = await two.get(`${LIST}?sort=name`, { 'accept-encoding': 'identity' });
    expect(uncompressed.headers['x-cache']).toBe('HIT');
    expect((await report(two)).redis.hits).toBeGreaterThan(0);
  });

  it('see writes of each other at once, and store entries with an expiry', async () => {
    await one.get(`${LIST}/mrr`);
    await two.patch(`${LIST}/mrr`, { owner: 'Two' }, { 'content-type': 'application/merge-patch+json' });
    expect((await one.get(`${LIST}/mrr`)).body.owner).toBe('Two');
    await sleep(50);
    const expiries = await redis.run(async (client) =>
      Promise.all((await client.keys('mdl:cache:*')).map((key) => client.ttl(key))),
    );
    expect(expiries.length).toBeGreaterThan(0);
    for (const seconds of expiries) {
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(600);
    }
  });

  it('treat a malformed entry in Redis as a miss', async () => {
    await one.get(`${LIST}?sort=-name`);
    const key = await storedKey(`${LIST}?sort=-name`);
    await redis.run((client) => client.set(key, '"{\\"headers\\":{\\"etag\\":\\"x\\"},\\"bytes\\":3}\\nab"'));
    const { status, headers, body } = await two.get(`${LIST}?sort=-name`);
    expect([status, headers['x-cache'], body.data.length]).toEqual([200, 'MISS', 1]);
  });

  it('respond correctly when Redis is emptied, frozen or killed', async () => {
    const check = async (name: string) => {
      await one.patch(`${LIST}/mrr`, { name }, { 'content-type': 'application/merge-patch+json' });
      for (const app of [one, two])
        for (const url of [`${LIST}/mrr`, LIST, `${LIST}?sort=${name.length % 2 ? 'name' : '-name'}`]) {
          const { status, text, headers } = await app.get(url);
          expect([status, text.includes(name), headers['x-cache'] === 'STALE']).toEqual([200, true, false]);
        }
    };
    await redis.empty();
    await check('After FLUSHALL');
    redis.freeze();
    for (let round = 0; round < 10; round++) await check(`Frozen ${round}`);
    redis.thaw();
    await redis.kill();
    await check('Killed');
    await redis.restart();
    await check('Restarted');
    await untilState('closed');
    await check('Connected');
  });

  it('delete all entries by one flush, and no other key', async () => {
    await redis.run((client) => client.set('others', 'stay'));
    await one.get(`${LIST}?limit=7`);
    await storedKey(`${LIST}?limit=7`);
    const { body } = await one.post('/api/cache/flush');
    expect(body.redis).toBeGreaterThan(0);
    expect(await storedKeys()).toEqual([]);
    expect(await redis.run((client) => client.get('others'))).toBe('stay');
    expect((await two.get(LIST)).headers['x-cache']).toBe('MISS');
  });

  it('share nothing where their cursor secrets differ', async () => {
    const three = await TestApp.start({ REDIS_URL: redis.url, CURSOR_SECRET: 'another' }, one.database);
    try {
      await one.get(`${LIST}?cursor=`);
      await storedKey('cursor=');
      expect((await three.get(`${LIST}?cursor=`)).headers['x-cache']).toBe('MISS');
    } finally {
      await three.app.close();
    }
  });
});
