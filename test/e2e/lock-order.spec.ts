import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { Database } from '../../src/database/database';
import { runImport } from '../../src/exchange/import/run-import';
import { type TestResponse, TestApp } from '../support/app';
import { times } from '../support/concurrently';
import { completeMetric, domain, objective } from '../support/documents';
import { waitingForLocks } from '../support/locks';

const metrics = '/api/v1/metrics';
const domains = '/api/v1/domains';
const objectives = '/api/v1/objectives';

/** All transactions take row locks in one order: none is retried because of a deadlock. */
describe('transactions that lock the same rows', () => {
  let t: TestApp;
  let holder: Client;

  beforeAll(async () => {
    // One client has three writes in progress.
    t = await TestApp.start({ DATABASE_POOL_SIZE: '10' });
    // A deadlock must show at once.
    await t.sql(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = 50', current_database()); END $$`,
    );
    holder = new Client({ connectionString: t.database.url });
    await holder.connect();
    for (const key of ['d-1', 'd-2', 'heir']) await t.post(domains, domain(key));
  });
  let before = 0;
  beforeEach(() => (before = deadlocks()));
  afterEach(() => expect(deadlocks() - before).toBe(0));
  afterAll(async () => {
    await holder.end();
    await t.stop();
  });

  const deadlocks = () => t.app.get(Database).times.failures.get('write_contention') ?? 0;
  const named = (metric_id: string, changes: Record<string, unknown> = {}) => ({
    metric_id,
    name: metric_id,
    ...changes,
  });
  const bulk = (items: unknown[], query = '?mode=upsert', resource = metrics) =>
    t.post(`${resource}/bulk${query}`, { items });
  const created = async (...items: Record<string, unknown>[]) => expect((await bulk(items)).status).toBe(200);
  const statuses = (responses: TestResponse[]) => responses.map(({ status }) => status);

  /** Runs requests while another transaction holds a row, each until it waits for a lock or has its response. */
  async function meetAt<Result>(table: string, key: string, ...requests: (() => Promise<Result>)[]) {
    await holder.query('BEGIN');
    await holder.query(`SELECT FROM ${table} WHERE key = $1 FOR UPDATE`, [key]);
    const responses: Promise<Result>[] = [];
    let running = 0;
    for (const request of requests) {
      running++;
      responses.push(request().finally(() => running--));
      while ((await waitingForLocks(holder)) < running);
    }
    await holder.query('COMMIT');
    return Promise.all(responses);
  }

  it.each(['new', 'existing'])('two bulk requests with 300 %s documents in opposite order', async (which) => {
    const items = times(300, (at) => named(`${which}-${at}`));
    if (which === 'existing') await created(...items);
    const changed = (name: string) => items.map((item) => ({ ...item, name }));
    const responses = await Promise.all([bulk(changed('one')), bulk(changed('two').reverse())]);
    expect(statuses(responses)).toEqual([200, 200]);
    const names = await t.sql(`SELECT DISTINCT data ->> 'name' FROM metrics WHERE key LIKE '${which}-%'`);
    expect(names).toHaveLength(1);
  });

  it('four clients with the same 20 items in different orders, new and with references to each other', async () => {
    const items = times(20, (at) =>
      named(`ring-${at}`, { related: [`ring-${(at + 7) % 20}`], business_domain: 'd-1' }),
    );
    for (let round = 0; round < 5; round++) {
      const orders = times(4, (client) => items.map((_, at) => items[(at * 3 + client * 5 + round) % 20]));
      const responses = await Promise.all(
        orders.map((order, client) => bulk(order.map((item) => ({ ...item, owner: `client ${client} ${round}` })))),
      );
      expect(statuses(responses)).toEqual([200, 200, 200, 200]);
    }
  });

  it('bulk requests that wait in the middle', async () => {
    await created(...['m-1', 'm-2', 'm-3'].map((key) => named(key)));
    const order = (keys: string[], name: string) => () => bulk(keys.map((metric_id) => ({ metric_id, name })));
    const responses = await meetAt(
      'metrics',
      'm-2',
      order(['m-1', 'm-2', 'm-3'], 'a'),
      order(['m-3', 'm-2', 'm-1'], 'b'),
    );
    expect(statuses(responses)).toEqual([200, 200]);
  });

  it('two documents that begin to refer to each other', async () => {
    for (let round = 0; round < 20; round++) {
      const [a, b] = [`mutual-${round}-a`, `mutual-${round}-b`];
      await created(named(a), named(b));
      const responses = await Promise.all([
        t.patch(`${metrics}/${a}`, { related: [b] }),
        t.patch(`${metrics}/${b}`, { related: [a] }),
      ]);
      expect(statuses(responses)).toEqual([200, 200]);
    }
  });

  it('two related metrics that are archived', async () => {
    for (let round = 0; round < 20; round++) {
      const [a, b] = [`old-${round}-a`, `old-${round}-b`];
      const old = { status: 'deprecated', business_domain: 'd-1' };
      await created(completeMetric(a, { ...old, related: [b] }), completeMetric(b, { ...old, related: [a] }));
      const responses = await Promise.all(
        [a, b].map((key) => t.post(`${metrics}/${key}/transitions`, { to: 'archived' })),
      );
      expect(statuses(responses)).toEqual([200, 200]);
    }
  });

  it('a deletion with move_to, and writes to the metrics that move', async () => {
    const keys = times(5, (at) => `moved-${at}`);
    await created(...keys.map((key) => named(key, { business_domain: 'd-2' })));
    const responses = await meetAt(
      'metrics',
      'moved-2',
      () => bulk(keys.toReversed().map((key) => named(key, { business_domain: 'd-1' }))),
      () => t.delete(`${domains}/d-2?move_to=heir`),
      () => t.patch(`${metrics}/moved-4`, { business_domain: 'd-1', name: 'patched' }),
    );
    expect(statuses(responses)).toEqual([200, 204, 200]);
  });

  it('a deletion of a metric of closed objectives, and writes to these', async () => {
    const closed = (key: string, name: string) => {
      const result = { kr_id: 'KR', name, metric_ids: ['measured'], baseline: 0, target: 1, current: 1 };
      return objective(key, { status: 'completed', key_results: [result] });
    };
    await created(named('measured'));
    const write = (name: string, query?: string) =>
      bulk(
        ['c-2', 'c-1'].map((key) => closed(key, name)),
        query,
        objectives,
      );
    expect((await write('first')).status).toBe(200);
    const responses = await meetAt(
      'objectives',
      'c-2',
      () => write('second', '?mode=upsert&refs=lenient'),
      () => t.delete(`${metrics}/measured`),
    );
    expect(statuses(responses)).toEqual([200, 204]);
    expect((await t.get(`${objectives}/c-1`)).body).toMatchObject({
      unresolved_refs: ['metrics/measured'],
      version: 2,
    });
  });

  it('new documents that resolve references of the same documents', async () => {
    await created(named('gate'));
    const pending = [
      named('p-1', { related: ['later-1', 'later-4'] }),
      named('p-2', { related: ['later-2', 'later-3'] }),
    ];
    expect((await bulk(pending, '?mode=upsert&refs=lenient')).status).toBe(200);
    const both = (one: string, other: string) => () => bulk([named(one), named(other, { related: ['gate'] })]);
    const responses = await meetAt('metrics', 'gate', both('later-1', 'later-2'), both('later-3', 'later-4'));
    expect(statuses(responses)).toEqual([200, 200]);
    expect((await t.get(`${metrics}?unresolved=true`)).body.pagination.total).toBe(0);
  });

  it('imports of the same documents in opposite order, one of them a dry run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mdl-locks-'));
    const documents = times(100, (at) => named(`imported-${at}`, { business_domain: 'd-1' }));
    const file = (name: string, items: object[]) => {
      const path = join(folder, name);
      writeFileSync(path, items.map((item) => `${JSON.stringify(item)}\n`).join(''));
      return [path];
    };
    const forwards = file('a.ndjson', [domain('d-1'), ...documents]);
    const backwards = file('b.ndjson', [...documents.map((one) => ({ ...one, name: 'b' })), domain('d-1')].reverse());
    await runImport(t.app, forwards);
    for (const dryRun of [false, true]) {
      const reports = await meetAt(
        'metrics',
        'imported-50',
        () => runImport(t.app, backwards, { dryRun }),
        () => runImport(t.app, forwards),
      );
      expect(reports.map((report) => report.totals().refused)).toEqual([0, 0]);
    }
    rmSync(folder, { recursive: true });
  });
});
