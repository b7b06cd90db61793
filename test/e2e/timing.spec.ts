import { TestApp } from '../support/app';
import { completeMetric } from '../support/documents';
import { HandlerTimes } from '../../src/timing/timing.interceptor';

const metrics = '/api/v1/metrics';

/** The parts of `Server-Timing` by name: milliseconds, or the description where there is one. */
const timingOf = (header: string | undefined): Record<string, number | string> =>
  Object.fromEntries(
    (header ?? '').split(', ').map((part) => {
      const [, name = '', kind, value = ''] = /^([a-z]+);(dur|desc)=([\w.]+)$/.exec(part) ?? [];
      return [name, kind === 'dur' ? Number(value) : value];
    }),
  );

describe('Server-Timing', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await TestApp.start({ ENABLE_CACHE: 'false' });
    await t.post('/api/v1/domains', { domain_id: 'revenue', name: 'Revenue' });
    await t.post(metrics, completeMetric('one'));
  });
  afterAll(() => t.stop());

  it('shows the total and database time of a read and a write', async () => {
    for (const response of [
      await t.get(metrics),
      await t.get(`${metrics}/one`),
      await t.patch(`${metrics}/one`, { name: 'Other' }, { 'if-match': '*' }),
    ]) {
      expect(response.status).toBe(200);
      const { total, db } = timingOf(response.headers['server-timing']);
      expect(db).toBeGreaterThan(0);
      expect(total).toBeGreaterThanOrEqual(db as number);
    }
  });

  it('is sent with errors too, with or without the database', async () => {
    const unknown = await t.get(`${metrics}/unknown`);
    expect(unknown.status).toBe(404);
    expect(timingOf(unknown.headers['server-timing'])).toEqual({
      db: expect.any(Number) as number,
      total: expect.any(Number) as number,
    });
    const invalid = await t.get(`${metrics}?limit=x`);
    expect(invalid.status).toBe(400);
    expect(Object.keys(timingOf(invalid.headers['server-timing']))).toEqual(['total']);
  });

  it('attributes slow statements to the database', async () => {
    await t.sql(`CREATE FUNCTION take_long() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_sleep(0.2); RETURN NEW; END $$`);
    await t.sql(`CREATE TRIGGER take_long BEFORE UPDATE ON metrics FOR EACH ROW EXECUTE FUNCTION take_long()`);
    const response = await t.patch(`${metrics}/one`, { name: 'Slow' }, { 'if-match': '*' });
    await t.sql('DROP TRIGGER take_long ON metrics');
    expect(timingOf(response.headers['server-timing']).db).toBeGreaterThan(200);
  });

  it('measures concurrent requests separately', async () => {
    const [item, list] = await Promise.all([t.get('/health/live'), t.get(metrics)]);
    expect(timingOf(item.headers['server-timing'])).not.toHaveProperty('db');
    expect(timingOf(list.headers['server-timing'])).toHaveProperty('db');
  });
});

describe('Server-Timing of a cached response', () => {
  it('shows the state of the cache and the time of the generation query', async () => {
    const t = await TestApp.start({ ENABLE_CACHE: 'true', CACHE_WARM_INTERVAL: '0' });
    try {
      await t.post(metrics, { metric_id: 'one', name: 'One' });
      const request = async (headers: Record<string, string> = {}) => {
        const response = await t.get(metrics, headers);
        return { ...response, timing: timingOf(response.headers['server-timing']) };
      };
      const miss = await request();
      expect(miss.timing).toMatchObject({ cache: 'MISS', gen: expect.any(Number) as number });
      expect(miss.timing.db).toBeGreaterThan(0);
      for (const hit of [await request(), await request({ 'if-none-match': miss.headers.etag ?? '' })]) {
        expect(Object.keys(hit.timing)).toEqual(['cache', 'gen', 'total']);
        expect(hit.timing.cache).toBe('HIT');
      }
    } finally {
      await t.stop();
    }
  });
});

describe('handler times', () => {
  it('are collected by route template, with server errors only', async () => {
    const t = await TestApp.start({ ENABLE_CACHE: 'false' });
    try {
      await t.post(metrics, { metric_id: 'one', name: 'One' });
      for (const key of ['one', 'one', 'unknown']) await t.get(`${metrics}/${key}`);
      await t.sql('ALTER TABLE metrics RENAME TO elsewhere');
      expect((await t.get(`${metrics}/one`)).status).toBe(500);
      const times = t.app.get(HandlerTimes).all();
      const read = times.find(({ route }) => route === `GET ${metrics}/:key`);
      expect(read).toMatchObject({ count: 4, errors: 1 });
      expect(read?.maxMs).toBeLessThanOrEqual(read?.totalMs ?? 0);
      expect(read?.maxMs).toBeGreaterThan(0);
      expect(times.find(({ route }) => route === `POST ${metrics}`)).toMatchObject({ count: 1, errors: 0 });
    } finally {
      await t.stop();
    }
  });
});
