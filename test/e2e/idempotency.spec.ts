import { problemOf } from '../support/responses';
import { TestApp } from '../support/app';
import { concurrently, times } from '../support/concurrently';
import { completeMetric, domain } from '../support/documents';

describe('a POST with an Idempotency-Key', () => {
  let t: TestApp;
  const metrics = '/api/v1/metrics';

  beforeAll(async () => {
    t = await TestApp.start();
    await t.post('/api/v1/domains', domain('revenue'));
  });
  afterAll(() => t.stop());

  const create = (idempotencyKey: string, document: unknown) =>
    t.post(metrics, document, { 'idempotency-key': idempotencyKey });
  const count = async (condition: string) =>
    (await t.sql<{ count: number }>(`SELECT count(*)::int AS count FROM metrics WHERE ${condition}`))[0]?.count;
  const isKept = async (key: string) =>
    (await t.sql(`SELECT 1 FROM idempotency_keys WHERE key = $1`, [key])).length === 1;

  it('runs once; its response is replayed with a header', async () => {
    const first = await create('once-1', { name: 'Once' });
    const second = await create('once-1', { name: 'Once' });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.text).toBe(first.text);
    expect(second.headers).toMatchObject({
      etag: first.headers.etag,
      location: first.headers.location,
      'idempotency-replayed': 'true',
    });
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    expect(await count(`data ->> 'name' = 'Once'`)).toBe(1);
  });

  it('accepts the key quoted or bare', async () => {
    const first = await create('"quoted-1"', { name: 'Quoted' });
    const second = await create('quoted-1', { name: 'Quoted' });
    expect([second.text, second.headers['idempotency-replayed']]).toEqual([first.text, 'true']);
  });

  it.each([
    ['another body', metrics, { name: 'Other' }],
    ['another address', '/api/v1/domains', { name: 'Reused' }],
  ])('refuses a reused key with %s', async (_, url, body) => {
    await create('reused-1', { name: 'Reused' });
    const refused = await t.post(url, body, { 'idempotency-key': 'reused-1' });
    expect(problemOf(refused)).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
  });

  it('replays whatever If-Match says, as the write itself changed the version, but refuses a malformed one', async () => {
    await create('replayed-1', { metric_id: 'replayed', name: 'Replayed' });
    const revert = (ifMatch: string) =>
      t.post(`${metrics}/replayed/revert`, { version: 1 }, { 'idempotency-key': 'revert-1', 'if-match': ifMatch });
    await t.patch(`${metrics}/replayed`, { name: 'Renamed' });
    expect((await revert('"2"')).headers).toMatchObject({ etag: '"3"' });
    expect((await revert('"2"')).headers).toMatchObject({ etag: '"3"', 'idempotency-replayed': 'true' });
    expect(problemOf(await revert('{}'))).toMatchObject({ status: 400, code: 'invalid_header' });
    expect(problemOf(await revert(''))).toMatchObject({ status: 400, code: 'invalid_header' });
  });

  it('does not store errors: the same key can succeed later', async () => {
    const early = await create('early-1', { name: 'Early', business_domain: 'later' });
    expect(early.status).toBe(422);
    expect(await isKept('early-1')).toBe(false);
    await t.post('/api/v1/domains', domain('later'));
    const late = await create('early-1', { name: 'Early', business_domain: 'later' });
    expect([late.status, late.headers['idempotency-replayed']]).toEqual([201, undefined]);
  });

  it('stores no key for a transaction that fails at COMMIT', async () => {
    await t.sql(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'check_violation'; END $$`,
    );
    await t.sql(
      `CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON metrics DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.key = 'undone') EXECUTE FUNCTION refuse()`,
    );
    expect((await create('undone-1', { metric_id: 'undone', name: 'x' })).status).toBe(409);
    expect([await isKept('undone-1'), await count(`key = 'undone'`)]).toEqual([false, 0]);
    await t.sql(`DROP TRIGGER refuse ON metrics`);
    expect((await create('undone-1', { metric_id: 'undone', name: 'x' })).status).toBe(201);
    expect(await isKept('undone-1')).toBe(true);
  });

  it('works for every POST that writes', async () => {
    await t.post(metrics, completeMetric('Steps'));
    const send = (url: string, body: unknown) => t.post(url, body, { 'idempotency-key': url.replaceAll('/', '.') });
    const steps: [string, unknown][] = [
      [`${metrics}/Steps/transitions`, { to: 'active' }],
      [`${metrics}/Steps/revert`, { version: 1 }],
      [`${metrics}/bulk`, { items: [{ name: 'In bulk' }] }],
    ];
    for (const [url, body] of steps) {
      const [first, second] = [await send(url, body), await send(url, body)];
      expect([first.status, second.status, second.text]).toEqual([200, 200, first.text]);
      expect(second.headers['idempotency-replayed']).toBe('true');
    }
    expect(await count(`data ->> 'name' = 'In bulk'`)).toBe(1);
  });

  it('expires after a day', async () => {
    await create('old-1', { name: 'Old' });
    await t.sql(`UPDATE idempotency_keys SET expires_at = now() - interval '1 second' WHERE key = 'old-1'`);
    expect((await create('old-1', { name: 'New' })).status).toBe(201);
    const [row] = await t.sql<{ hours: number }>(
      `SELECT round(extract(epoch FROM expires_at - now()) / 3600)::int AS hours FROM idempotency_keys WHERE key = 'old-1'`,
    );
    expect(row?.hours).toBe(24);
  });

  it.each(['', ' ', 'a b', 'ü', 'x'.repeat(256), '""', 'tab\there'])('refuses the key %j', async (key) => {
    expect(problemOf(await create(key, { name: 'x' }))).toMatchObject({ status: 400, code: 'invalid_header' });
  });

  it('responds 409 while the first request runs', async () => {
    await t.sql(
      `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END $$`,
    );
    await t.sql(
      `CREATE TRIGGER slow BEFORE INSERT ON metrics FOR EACH ROW WHEN (NEW.key = 'slow') EXECUTE FUNCTION slow()`,
    );
    const responses = await Promise.all(times(3, () => create('slow-1', { metric_id: 'slow', name: 'x' })));
    expect(responses.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    const waiting = responses.find(({ status }) => status === 409);
    expect(waiting && problemOf(waiting).code).toBe('idempotency_in_progress');
    expect(waiting?.headers['retry-after']).toBe('1');
    await t.sql(`DROP TRIGGER slow ON metrics`);
  });

  it('writes exactly 1,000 rows for 1,000 keys that are each sent 20 times concurrently', async () => {
    const KEYS = 1000;
    const DUPLICATES = 20;
    const before = (await count('true')) ?? 0;
    const requests = times(KEYS, (key) => async () => {
      const duplicates = times(DUPLICATES, () => create(`storm-${key}`, { name: `Storm ${key}` }));
      return Promise.all(duplicates);
    });
    const responses = await concurrently(requests, 4);
    for (const duplicates of responses) {
      const succeeded = duplicates.filter(({ status }) => status === 201);
      const others = duplicates.filter(({ status }) => status !== 201);
      expect(succeeded.length).toBeGreaterThan(0);
      expect(new Set(succeeded.map(({ text }) => text)).size).toBe(1);
      expect(succeeded.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
      expect(others.every(({ body }) => body.code === 'idempotency_in_progress')).toBe(true);
    }
    expect((await count('true')) ?? 0).toBe(before + KEYS);
    expect(await count(`data ->> 'name' LIKE 'Storm %'`)).toBe(KEYS);
  }, 120_000);
});
