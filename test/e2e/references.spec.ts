import { Client } from 'pg';
import { Database } from '../../src/database/database';
import { problemOf } from '../support/responses';
import { type TestResponse, TestApp } from '../support/app';
import { times } from '../support/concurrently';
import { completeMetric, domain } from '../support/documents';
import { waitingForLocks } from '../support/locks';

const metrics = '/api/v1/metrics';
const domains = '/api/v1/domains';
let t: TestApp;

beforeAll(async () => {
  t = await TestApp.start();
  // A short deadlock timeout keeps the deadlock tests fast.
  await t.sql(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = 100', current_database()); END $$`);
});
afterAll(() => t.stop());

const create = (key: string, changes: Record<string, unknown> = {}) =>
  t.post(metrics, { metric_id: key, name: key, ...changes });
const patch = (key: string, changes: Record<string, unknown>) => t.patch(`${metrics}/${key}`, changes);
const statuses = (responses: TestResponse[]) => responses.map(({ status }) => status).sort();

describe('a reference', () => {
  it.each<[string, unknown, string]>([
    ['business_domain', 'unknown', '/business_domain'],
    ['depends_on', ['unknown'], '/depends_on/0'],
    ['related', ['unknown'], '/related/0'],
    ['replaced_by', 'unknown', '/replaced_by'],
  ])('%s must refer to a live document', async (field, value, pointer) => {
    expect(problemOf(await create(`Unknown-${field}`, { [field]: value }))).toEqual({
      status: 422,
      code: 'unknown_reference',
      errors: [`${pointer} unknown_reference`],
    });
    await create(`Known-${field}`);
    expect(problemOf(await patch(`Known-${field}`, { [field]: value })).errors).toEqual([
      `${pointer} unknown_reference`,
    ]);
  });

  it('to a deleted document is refused', async () => {
    await create('Deleted-1');
    await t.delete(`${metrics}/Deleted-1`);
    expect(problemOf(await create('Deleted-2', { related: ['Deleted-1'] })).errors).toEqual([
      '/related/0 unknown_reference',
    ]);
  });

  it('is reported together with all other violations', async () => {
    const response = await create('Several', {
      depends_on: ['x1', 'Several'],
      status: 'active',
      targets: { critical: 2, target: 1 },
      direction: 'increase',
    });
    expect(problemOf(response)).toMatchObject({ status: 422, code: 'invalid_document' });
    expect(problemOf(response).errors).toEqual(
      expect.arrayContaining([
        '/targets/target wrong_order',
        '/unit missing_for_status',
        '/depends_on/0 unknown_reference',
        '/depends_on/1 self_reference',
      ]),
    );
  });

  it.each<[string, (key: string) => unknown]>([
    ['depends_on', (key) => [key]],
    ['related', (key) => [key]],
    ['replaced_by', (key) => key],
  ])(
    '%s prevents the deletion of its target; 409 counts the referring documents and lists 20',
    async (field, valueOf) => {
      const key = `Used-${field}`;
      await create(key);
      for (let at = 0; at < 22; at++) await create(`${key}-${at}`, { [field]: valueOf(key) });
      const refused = await t.delete(`${metrics}/${key}`);
      expect(problemOf(refused)).toMatchObject({ status: 409, code: 'in_use' });
      expect(refused.body.counts).toEqual({ metrics: 22 });
      expect(refused.body.users).toHaveLength(20);
      expect(refused.body.users[0]).toEqual({ resource: 'metrics', key: `${key}-0` });
      for (let at = 0; at < 22; at++) await t.delete(`${metrics}/${key}-${at}`);
      expect((await t.delete(`${metrics}/${key}`)).status).toBe(204);
    },
  );

  it('is checked again on restore', async () => {
    await create('Again-1');
    await create('Again-2', { related: ['Again-1'] });
    await t.delete(`${metrics}/Again-2`);
    await t.delete(`${metrics}/Again-1`);
    expect(problemOf(await t.post(`${metrics}/Again-2/restore`)).errors).toEqual(['/related/0 unknown_reference']);
    await t.post(`${metrics}/Again-1/restore`);
    expect((await t.post(`${metrics}/Again-2/restore`)).status).toBe(200);
  });
});

describe('depends_on', () => {
  it('cannot form a cycle of any length; the problem contains the path', async () => {
    await create('Z-1');
    for (let at = 2; at <= 6; at++) await create(`Z-${at}`, { depends_on: [`Z-${at - 1}`] });
    const closed = await patch('Z-1', { depends_on: ['Z-6'] });
    expect(problemOf(closed)).toEqual({ status: 422, code: 'cycle', errors: ['/depends_on/0 cycle'] });
    expect(closed.body.errors[0].path).toEqual(['Z-1', 'Z-6', 'Z-5', 'Z-4', 'Z-3', 'Z-2', 'Z-1']);
    expect((await patch('Z-6', { depends_on: ['Z-1', 'Z-5'] })).status).toBe(200);
  });

  it('cannot form a cycle by restoring a document', async () => {
    await create('Back-1');
    await create('Back-2', { depends_on: ['Back-1'] });
    await t.delete(`${metrics}/Back-2`);
    await t.post(`${metrics}/bulk?refs=lenient&mode=upsert`, {
      items: [{ metric_id: 'Back-1', name: 'x', depends_on: ['Back-2'] }],
    });
    expect(problemOf(await t.post(`${metrics}/Back-2/restore`)).code).toBe('cycle');
  });

  it('cannot form a cycle by two concurrent writes', async () => {
    for (let round = 0; round < 30; round++) {
      const [a, b] = [`Pair-${round}-a`, `Pair-${round}-b`];
      await Promise.all([create(a), create(b)]);
      const responses = await Promise.all([patch(a, { depends_on: [b] }), patch(b, { depends_on: [a] })]);
      expect(statuses(responses)).toEqual([200, 422]);
    }
  });
});

it('two concurrent writes cannot make two domains parents of each other', async () => {
  for (let round = 0; round < 15; round++) {
    const [a, b] = [`ring-${round}-a`, `ring-${round}-b`];
    await Promise.all([t.post(domains, domain(a)), t.post(domains, domain(b))]);
    const responses = await Promise.all([
      t.patch(`${domains}/${a}`, { parent: b }),
      t.patch(`${domains}/${b}`, { parent: a }),
    ]);
    expect(statuses(responses)).toEqual([200, 422]);
  }
});

describe('a deletion concurrent with new references', () => {
  it('leaves no live metric in a deleted domain', async () => {
    const seen = new Set<number>();
    for (let round = 0; round < 20; round++) {
      const key = `going-${round}`;
      await t.post(domains, domain(key));
      const creations = times(4, (at) => create(`${key}-${at}`, { business_domain: key }));
      const [deleted, ...created] = await Promise.all([t.delete(`${domains}/${key}`), ...creations]);
      for (const { status } of [deleted, ...created]) seen.add(status);
      expect([204, 409]).toContain(deleted.status);
      expect(
        created.every(
          ({ status }) => status === (deleted.status === 204 ? 422 : 201) || status === 201 || status === 422,
        ),
      ).toBe(true);
    }
    const orphans = await t.sql(
      `SELECT metrics.key FROM metrics JOIN domains ON domains.id = domain_id
       WHERE metrics.deleted_at IS NULL AND domains.deleted_at IS NOT NULL`,
    );
    expect(orphans).toEqual([]);
    const unlinked = await t.sql(
      `SELECT key FROM metrics WHERE data ? 'business_domain' AND domain_id IS NULL AND unresolved_refs = '{}'`,
    );
    expect(unlinked).toEqual([]);
    expect(Math.max(...seen)).toBeLessThan(500);
  });

  it('leaves no metric behind when the documents of a domain move', async () => {
    await t.post(domains, domain('heir'));
    for (let round = 0; round < 15; round++) {
      const key = `moving-${round}`;
      await t.post(domains, domain(key));
      await create(`${key}-first`, { business_domain: key });
      const [moved, ...created] = await Promise.all([
        t.delete(`${domains}/${key}?move_to=heir`),
        ...times(3, (at) => create(`${key}-${at}`, { business_domain: key })),
        patch(`${key}-first`, { name: 'changed meanwhile' }),
      ]);
      expect(moved.status).toBe(204);
      expect(created.every(({ status }) => status < 500)).toBe(true);
      expect((await t.get(`${metrics}?business_domain=${key}`)).body.pagination.total).toBe(0);
      expect((await t.get(`${metrics}/${key}-first`)).body).toMatchObject({
        business_domain: 'heir',
        name: 'changed meanwhile',
        version: 3,
      });
    }
  });

  it('leaves no live metric that depends on a deleted one', async () => {
    for (let round = 0; round < 20; round++) {
      const key = `Base-${round}`;
      await create(key);
      const [deleted, created] = await Promise.all([
        t.delete(`${metrics}/${key}`),
        create(`${key}-user`, { depends_on: [key] }),
      ]);
      expect([deleted.status, created.status]).toEqual(deleted.status === 204 ? [204, 422] : [409, 201]);
    }
  });

  it('leaves no active metric that depends on an archived one', async () => {
    await t.post(domains, domain('revenue'));
    for (let round = 0; round < 15; round++) {
      const [base, user] = [`Old-${round}`, `Old-${round}-user`];
      await t.post(metrics, completeMetric(base, { status: 'active' }));
      await t.post(`${metrics}/${base}/transitions`, { to: 'deprecated', reason: 'old' });
      await t.post(metrics, completeMetric(user, { depends_on: [base] }));
      const [archived, activated] = await Promise.all([
        t.post(`${metrics}/${base}/transitions`, { to: 'archived' }),
        t.post(`${metrics}/${user}/transitions`, { to: 'active' }),
      ]);
      expect([
        [200, 422],
        [409, 200],
      ]).toContainEqual([archived.status, activated.status]);
    }
  });
});

it('a write that deadlocks with another client of the database is retried transparently', async () => {
  for (const key of ['Cross-1', 'Cross-2']) await create(key);
  const other = new Client({ connectionString: t.database.url });
  await other.connect();
  // The service notices the deadlock first.
  await other.query(`SET deadlock_timeout = '10s'`);
  await other.query('BEGIN');
  await other.query(`SELECT FROM metrics WHERE key = 'Cross-2' FOR UPDATE`);
  const items = ['Cross-1', 'Cross-2'].map((metric_id) => ({ metric_id, name: 'changed' }));
  const written = t.post(`${metrics}/bulk?mode=upsert`, { items }, { 'idempotency-key': 'cross' });
  while ((await waitingForLocks(other)) !== 1) await new Promise((resolve) => setTimeout(resolve, 10));
  // Each transaction holds a lock that the other needs.
  await other.query(`SELECT FROM metrics WHERE key = 'Cross-1' FOR UPDATE`);
  await other.query('COMMIT');
  expect((await written).body.summary).toMatchObject({ updated: 2 });
  expect(t.app.get(Database).times.failures.get('write_contention')).toBeGreaterThan(0);
  await other.end();
});
