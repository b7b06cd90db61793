import { reportText } from '../../src/exchange/import/report-text';
import { seedCatalogue, seedGenerated } from '../../src/exchange/seed/seed';
import { TestApp } from '../support/app';
import { exportAndReimport } from '../support/export';

describe('seed', () => {
  let app: TestApp;

  beforeEach(async () => {
    app = await TestApp.start();
  });

  afterEach(() => app.stop());

  const everything = () => app.sql('SELECT resource, key, version, change, actor FROM revisions ORDER BY id');

  test('loads the example catalogue once', async () => {
    const report = await seedCatalogue(app.app);
    expect(reportText(report.toJson())).toContain('Total: 121 created, 0 updated, 0 unchanged, 0 refused');
    expect(report.dangling.items).toEqual([]);
    const first = await everything();
    expect(first).toHaveLength(121);
    expect(new Set(first.map(({ actor }) => actor))).toEqual(new Set(['seed']));
    expect((await seedCatalogue(app.app)).totals()).toEqual({ created: 0, updated: 0, unchanged: 121, refused: 0 });
    expect(await everything()).toEqual(first);
  });

  test('adds missing documents and does not change edited or deleted ones', async () => {
    await seedCatalogue(app.app);
    const path = '/api/v1/metrics/annual-recurring-revenue';
    expect((await app.patch(path, { name: 'ARR, our way' })).status).toBe(200);
    expect((await app.delete('/api/v1/objectives/OBJ-2026-H1-02')).status).toBe(204);
    await app.sql(`DELETE FROM objectives WHERE key = 'OBJ-2026-H1-03'`);
    const before = await everything();
    expect((await seedCatalogue(app.app)).totals()).toEqual({ created: 1, updated: 0, unchanged: 120, refused: 0 });
    expect((await everything()).slice(before.length)).toMatchObject([{ key: 'OBJ-2026-H1-03', change: 'created' }]);
    expect((await app.get(path)).body).toMatchObject({ name: 'ARR, our way', version: 2 });
    expect((await app.get('/api/v1/objectives/OBJ-2026-H1-02')).status).toBe(404);
  });

  test('is equal after export and import', async () => {
    await seedCatalogue(app.app);
    const { before, after } = await exportAndReimport(app);
    const counts = { domains: 23, metrics: 80, objectives: 18 };
    for (const [resource, count] of Object.entries(counts))
      expect([resource, before[resource]?.split('\n').at(-1)]).toEqual([resource, `{"count":${count}}`]);
    expect(after).toEqual(before);
  });

  test('generates metrics equal to those that the service writes', async () => {
    expect(await seedGenerated(app.app, { metrics: 2000, domains: 150 })).toEqual({ metrics: 2000, domains: 150 });
    expect((await app.get('/api/v1/metrics?limit=1')).headers['x-total-count']).toBe('2000');
    expect(Number((await app.get('/api/v1/metrics?q=revenue&limit=1')).headers['x-total-count'])).toBeGreaterThan(0);

    const [wrong] = await app.sql(`
      SELECT count(*) FILTER (WHERE metrics.domain_id IS DISTINCT FROM domains.id)::int AS domain,
        count(*) FILTER (WHERE unresolved.key IS NOT NULL)::int AS reference,
        count(*) FILTER (WHERE revisions.data IS DISTINCT FROM
          metrics.data || jsonb_build_object('metric_id', metrics.key, 'status', metrics.status))::int AS revision
      FROM metrics
      LEFT JOIN domains ON domains.key = metrics.data ->> 'business_domain'
      LEFT JOIN revisions ON resource = 'metrics' AND document_id = metrics.id AND revisions.version = metrics.version
      LEFT JOIN LATERAL (
        SELECT key FROM jsonb_array_elements_text(coalesce(metrics.data -> 'depends_on', '[]')) AS named(key)
        WHERE NOT EXISTS (SELECT FROM metrics AS other WHERE other.key = named.key AND other.id < metrics.id)
      ) AS unresolved ON true`);
    expect(wrong).toEqual({ domain: 0, reference: 0, revision: 0 });

    // The import applies all rules, and changes nothing.
    const { before, after } = await exportAndReimport(app);
    expect(after).toEqual(before);
  });

  test('generates no metric twice, and none that refers to a deleted one', async () => {
    await seedGenerated(app.app, { metrics: 300, domains: 10 });
    const first = await everything();
    expect(await seedGenerated(app.app, { metrics: 300, domains: 10 })).toEqual({ metrics: 0, domains: 0 });
    expect(await everything()).toEqual(first);
    await app.sql('UPDATE metrics SET deleted_at = now()');
    const { metrics } = await seedGenerated(app.app, { metrics: 900, domains: 10 });
    expect(metrics).toBeGreaterThan(500);
    expect(metrics).toBeLessThan(600);
    expect(
      await app.sql(`SELECT FROM metrics AS given JOIN metrics AS named ON (given.data -> 'depends_on') ? named.key
      WHERE given.deleted_at IS NULL AND named.deleted_at IS NOT NULL`),
    ).toEqual([]);
  });
});
