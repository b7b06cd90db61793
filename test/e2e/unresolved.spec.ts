import { Client } from 'pg';
import { problemOf } from '../support/responses';
import { TestApp } from '../support/app';
import { times } from '../support/concurrently';
import { completeMetric, domain, objective } from '../support/documents';
import { waitingForLocks } from '../support/locks';

const metrics = '/api/v1/metrics';
const domains = '/api/v1/domains';
const objectives = '/api/v1/objectives';
let t: TestApp;

beforeAll(async () => {
  t = await TestApp.start();
  await t.post(domains, domain('revenue'));
});
afterAll(() => t.stop());

const lenient = (resource: string, items: object[]) => t.post(`${resource}/bulk?refs=lenient`, { items });

describe('an unresolved reference', () => {
  it('is resolved whichever document is committed first', async () => {
    const count = 60;
    const [naming, named] = await Promise.all([
      lenient(
        metrics,
        times(count, (at) => ({ metric_id: `race-${at}`, name: 'x', business_domain: `race-${at}` })),
      ),
      t.post(`${domains}/bulk`, { items: times(count, (at) => domain(`race-${at}`)) }),
    ]);
    expect([naming.status, named.status]).toEqual([200, 200]);
    const [open] = await t.sql<{ open: number }>(
      `SELECT count(*)::int AS open FROM metrics
       WHERE key LIKE 'race-%' AND (unresolved_refs <> '{}' OR domain_id IS NULL)`,
    );
    expect(open).toEqual({ open: 0 });
  });

  it('does not prevent other changes', async () => {
    await lenient(metrics, [completeMetric('gap', { status: 'active', related: ['unknown'] })]);
    await t.post(metrics, { metric_id: 'found', name: 'x' });
    const patched = await t.patch(`${metrics}/gap`, { depends_on: ['found'] });
    expect(patched.body).toMatchObject({ version: 2, unresolved_refs: ['metrics/unknown'] });
    expect((await t.post(`${metrics}/gap/transitions`, { to: 'deprecated', reason: 'Old.' })).status).toBe(200);
    await t.delete(`${metrics}/gap`);
    expect((await t.post(`${metrics}/gap/restore`)).body).toMatchObject({ unresolved_refs: ['metrics/unknown'] });
    const strict = await t.post(`${metrics}/bulk?mode=upsert`, {
      items: [{ ...completeMetric('gap', { related: ['unknown'] }), name: 'Renamed' }],
    });
    expect(strict.body).toMatchObject({ summary: { updated: 1, refused: 0 } });
    // A new unknown reference is refused.
    expect(problemOf(await t.patch(`${metrics}/gap`, { related: ['unknown', 'no-one'] })).errors).toEqual([
      '/related/1 unknown_reference',
    ]);
  });

  it('does not prevent check-ins', async () => {
    const result = { kr_id: 'KR-1', name: 'First', target: 10, metric_ids: ['unknown'] };
    await lenient(objectives, [objective('open', { key_results: [result] })]);
    expect((await t.patch(`${objectives}/open`, { status: 'active' })).status).toBe(200);
    expect((await t.patch(`${objectives}/open/key-results/KR-1`, { current: 3 })).status).toBe(200);
  });

  it('cannot make a tree deeper than five levels when its root is created last', async () => {
    const levels = times(5, (at) => domain(`level-${at}`, { parent: at === 0 ? 'late-root' : `level-${at - 1}` }));
    expect((await lenient(domains, levels)).status).toBe(200);
    expect(problemOf(await t.post(domains, domain('late-root'))).errors).toEqual(['/parent tree_too_deep']);
  });

  it('of an active metric is not resolved by an archived one', async () => {
    await lenient(metrics, [completeMetric('waits', { status: 'active', depends_on: ['late'] })]);
    const late = await t.post(metrics, completeMetric('late', { status: 'archived' }));
    expect(late.status).toBe(409);
    expect(late.body).toMatchObject({ code: 'in_use', users: [{ resource: 'metrics', key: 'waits' }] });
  });
});

describe('a deleted metric', () => {
  it('is unresolved in closed objectives until it is restored', async () => {
    await t.post(metrics, { metric_id: 'past', name: 'x' });
    const result = { kr_id: 'KR-1', name: 'First', target: 10, current: 10, metric_ids: ['past'] };
    await t.post(objectives, objective('closed', { status: 'completed', key_results: [result] }));
    expect((await t.delete(`${metrics}/past`)).status).toBe(204);
    expect((await t.get(`${objectives}/closed`)).body.unresolved_refs).toEqual(['metrics/past']);
    expect((await t.patch(`${objectives}/closed`, { status: 'cancelled' })).status).toBe(200);
    await t.post(`${metrics}/past/restore`);
    expect((await t.get(`${objectives}/closed`)).body.unresolved_refs).toBeUndefined();
  });
});

describe('a bulk request with atomic=false', () => {
  it('refuses a long chain of unknown references in one pass and accepts the others', async () => {
    const chain = times(300, (at) => ({ metric_id: `chain-${at}`, name: 'x', depends_on: [`chain-${at + 1}`] }));
    const { status, body } = await t.post(`${metrics}/bulk?atomic=false`, {
      items: [...chain, { metric_id: 'apart', name: 'x' }],
    });
    expect(status).toBe(207);
    expect(body.summary).toEqual({ created: 1, updated: 0, unchanged: 0, refused: 300 });
    expect(body.results[0]).toMatchObject({
      key: 'chain-0',
      result: 'refused',
      errors: [{ pointer: '/depends_on/0', code: 'unknown_reference' }],
    });
  });

  it('accepts references to a refused item whose document exists', async () => {
    await t.post(metrics, { metric_id: 'stays', name: 'x' });
    const { body } = await t.post(`${metrics}/bulk?atomic=false&mode=upsert`, {
      items: [
        { metric_id: 'stays', name: 'y', related: ['unknown'] },
        { metric_id: 'names-it', name: 'x', related: ['stays'] },
      ],
    });
    expect(body.results).toMatchObject([{ result: 'refused' }, { result: 'created' }]);
    expect((await t.get(`${metrics}/stays`)).body).toMatchObject({ name: 'x', version: 1 });
  });

  it('returns the version of each of two writes to one document', async () => {
    const items = ['a', 'b'].map((name) => ({ metric_id: 'twice', name }));
    const { body } = await t.post(`${metrics}/bulk?mode=upsert`, { items });
    expect(body.results).toMatchObject([
      { result: 'created', version: 1 },
      { result: 'updated', version: 2 },
    ]);
  });
});

describe('versions', () => {
  it('have increasing timestamps, even after a long transaction', async () => {
    const items = ['before-times', 'times'].map((metric_id) => ({ metric_id, name: '0' }));
    await t.post(`${metrics}/bulk`, { items });
    // The bulk transaction starts before the change and writes the document after it: another one holds its first row.
    const holder = new Client({ connectionString: t.database.url });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query(`SELECT FROM metrics WHERE key = 'before-times' FOR UPDATE`);
    const bulk = t.post(`${metrics}/bulk?mode=upsert`, { items: items.map((item) => ({ ...item, name: 'bulk' })) });
    while ((await waitingForLocks(holder)) === 0);
    expect((await t.patch(`${metrics}/times`, { name: 'change' })).body.version).toBe(2);
    await holder.query('COMMIT');
    await holder.end();
    expect((await bulk).body.summary).toMatchObject({ updated: 2 });
    const moments = await t.sql<{ version: number; forwards: boolean }>(
      `SELECT version, created_at > lag(created_at) OVER (ORDER BY version) AS forwards FROM revisions
       WHERE key = 'times'`,
    );
    expect(moments.slice(1).every(({ forwards }) => forwards)).toBe(true);
    const [row] = await t.sql(
      `SELECT updated_at = (SELECT max(created_at) FROM revisions WHERE key = 'times') AS same FROM metrics
       WHERE key = 'times'`,
    );
    expect(row).toEqual({ same: true });
  });

  it('cannot have reserved keys, with PUT either', async () => {
    const put = await t.put(`${metrics}/BULK`, { name: 'x' }, { 'if-none-match': '*' });
    expect(problemOf(put)).toMatchObject({ status: 422, errors: ['/metric_id reserved'] });
  });
});
