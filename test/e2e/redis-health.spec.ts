import { setTimeout as sleep } from 'node:timers/promises';
import { GuardedRedis } from '../../src/redis/guarded-redis';
import { TestApp } from '../support/app';
import { describeWithRedis, RedisServer } from '../support/redis';

const ready = (t: TestApp) => t.get('/health/ready');

describe('readiness without Redis', () => {
  it('has no Redis indicator', async () => {
    const t = await TestApp.start();
    expect(Object.keys((await ready(t)).body.details as object)).toEqual(['database']);
    await t.stop();
  });
});

describeWithRedis('readiness with Redis', () => {
  let server: RedisServer;
  let t: TestApp;

  beforeAll(async () => {
    server = await RedisServer.start();
    // A timeout that a busy machine does not exceed.
    t = await TestApp.start({ REDIS_URL: server.url, REDIS_TIMEOUT_MS: '1000' });
  });
  afterAll(async () => {
    await t.stop();
    await server.stop();
  });

  const untilUp = async () => {
    while ((await t.app.get(GuardedRedis).attempt((client) => client.ping())) === undefined) await sleep(20);
  };

  it('is up', async () => {
    await untilUp();
    expect((await ready(t)).body.details.redis).toEqual({ status: 'up' });
  });

  it.each([
    ['frozen', () => Promise.resolve(server.freeze()), () => Promise.resolve(server.thaw())],
    ['killed', () => server.kill(), () => server.restart()],
  ])('stays 200, degraded, while Redis is %s, and is up again afterwards', async (_, fail, heal) => {
    await untilUp();
    await fail();
    const { status, body } = await ready(t);
    expect([status, body.status]).toEqual([200, 'ok']);
    expect(body.details.redis).toEqual({ status: 'up', degraded: true, message: expect.any(String) as string });
    const report = await t.get('/api/health');
    expect([report.status, report.body.status]).toEqual([200, 'degraded']);
    expect(report.body.indicators).toContainEqual(expect.objectContaining({ name: 'redis', state: 'degraded' }));
    await heal();
    while ((await ready(t)).body.details.redis.degraded) await sleep(20);
    expect((await ready(t)).body.details.redis).toEqual({ status: 'up' });
  });
});
