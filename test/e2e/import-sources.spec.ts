import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImportOptions } from '../../src/exchange/import/import-options';
import { runImport } from '../../src/exchange/import/run-import';
import { TestApp } from '../support/app';
import { completeMetric, domain, objective } from '../support/documents';

describe('imports of a source', () => {
  let app: TestApp;
  let folder: string;

  beforeEach(async () => {
    app = await TestApp.start();
    folder = mkdtempSync(join(tmpdir(), 'mdl-sources-'));
  });
  afterEach(async () => {
    await app.stop();
    rmSync(folder, { recursive: true });
  });

  /** Imports documents as the present content of the source. */
  const load = (documents: object[], options: ImportOptions = {}) => {
    const path = join(folder, 'source.ndjson');
    writeFileSync(path, documents.map((document) => `${JSON.stringify(document)}\n`).join(''));
    return runImport(app.app, [path], { source: 'nightly', ...options });
  };
  const metric = async (key: string) => (await app.get(`/api/v1/metrics/${key}`)).body as Record<string, unknown>;
  const patch = async (key: string, change: object) =>
    expect((await app.patch(`/api/v1/metrics/${key}`, change)).status).toBe(200);
  const revisions = async () =>
    app.sql<{ key: string; reason: string }>('SELECT key, reason FROM revisions ORDER BY id');
  const move = async (key: string, to: string) =>
    expect((await app.post(`/api/v1/metrics/${key}/transitions`, { to, reason: 'Test.' })).status).toBe(200);

  test('an unchanged source writes nothing, and a change has the source as its reason', async () => {
    await load([domain('revenue'), completeMetric('a')]);
    const before = await revisions();
    expect((await load([domain('revenue'), completeMetric('A', { name: 'Metric a' })])).totals()).toMatchObject({
      unchanged: 2,
      updated: 0,
    });
    expect(await revisions()).toEqual(before);
    await load([domain('revenue'), completeMetric('a', { unit: 'EUR' })]);
    expect((await revisions()).at(-1)).toEqual({ key: 'a', reason: 'import nightly' });
  });

  describe('a member that both sides have changed', () => {
    const theirs = completeMetric('a', { description: 'Theirs.', unit: 'EUR' });

    beforeEach(async () => {
      await load([domain('revenue'), completeMetric('a')]);
      await patch('a', { description: 'Ours.' });
    });

    test('keeps the local value and is reported once', async () => {
      const report = await load([domain('revenue'), theirs]);
      expect(report.toJson()).toMatchObject({
        totals: { updated: 1 },
        conflicts: [
          {
            resource: 'metrics',
            key: 'a',
            member: '/description',
            base: '"What it means."',
            local: '"Ours."',
            source: '"Theirs."',
            kept: 'local',
          },
        ],
      });
      expect(await metric('a')).toMatchObject({ description: 'Ours.', unit: 'EUR' });
      expect((await load([domain('revenue'), theirs])).conflicts.count).toBe(0);
    });

    test('takes the value of the source with on_conflict=source', async () => {
      expect((await load([domain('revenue'), theirs], { onConflict: 'source' })).conflicts.items).toMatchObject([
        { member: '/description', kept: 'source' },
      ]);
      expect(await metric('a')).toMatchObject({ description: 'Theirs.' });
    });

    test('refuses the document with on_conflict=refuse, each time', async () => {
      for (let count = 0; count < 2; count++)
        expect((await load([domain('revenue'), theirs], { onConflict: 'refuse' })).refusals.items).toMatchObject([
          { line: 2, pointer: '/description', code: 'import_conflict', key: 'a', value: '"Theirs."' },
        ]);
      expect(await metric('a')).toMatchObject({ description: 'Ours.', unit: 'USD' });
    });
  });

  test('the first import over existing documents adds what they lack and keeps what they have', async () => {
    await load([domain('revenue'), completeMetric('a', { tags: ['ours'] })], { source: 'other' });
    const report = await load([completeMetric('a', { name: 'Theirs', tags: ['theirs'], grain: ['day'] })]);
    expect(report.conflicts.items).toMatchObject([{ member: '/name' }]);
    expect(await metric('a')).toMatchObject({ name: 'Metric a', tags: ['ours', 'theirs'], grain: ['day'] });
  });

  test('check-ins of key results stay while the source changes other members', async () => {
    const result = { kr_id: 'KR-1', name: 'First result', baseline: 0, target: 10, current: 4 };
    await load([objective('o')]);
    await app.patch('/api/v1/objectives/o', { key_results: [{ ...result, current: 7 }] });
    const report = await load([
      objective('o', {
        key_results: [
          { ...result, target: 20 },
          { ...result, kr_id: 'KR-2' },
        ],
      }),
    ]);
    expect(report.conflicts.count).toBe(0);
    expect((await app.get('/api/v1/objectives/o')).body).toMatchObject({
      key_results: [{ kr_id: 'KR-1', target: 20, current: 7 }, { kr_id: 'KR-2' }],
    });
  });

  test('a member that the status requires stays when the source removes it', async () => {
    await load([domain('revenue'), completeMetric('a')]);
    await move('a', 'active');
    const { description: _, ...rest } = completeMetric('a', { formula: { filter: 'x > 1' } });
    const report = await load([domain('revenue'), rest]);
    expect(report.totals()).toMatchObject({ updated: 1, refused: 0 });
    expect(report.conflicts.items.map(({ member }) => member).sort()).toEqual(['/description', '/formula/expression']);
    expect(await metric('a')).toMatchObject({
      description: 'What it means.',
      formula: { expression: 'sum(amount)', filter: 'x > 1' },
    });
  });

  test('values of both sides that do not fit together stay as they are here', async () => {
    await load([completeMetric('a', { direction: 'increase', targets: { critical: 1, warning: 2, target: 3 } })]);
    await patch('a', { targets: { target: 2 } });
    const report = await load([
      completeMetric('a', { direction: 'increase', targets: { critical: 3, warning: 3, target: 3 } }),
    ]);
    expect([report.totals().refused, report.conflicts.count > 0]).toEqual([0, true]);
    expect(await metric('a')).toMatchObject({ targets: { critical: 1, warning: 2, target: 2 } });
  });

  describe('a status of the source', () => {
    test('is ignored with status=keep, whatever it is', async () => {
      await load([
        domain('revenue'),
        completeMetric('a', { status: 'active' }),
        completeMetric('b', { status: 'live' }),
      ]);
      expect([(await metric('a')).status, (await metric('b')).status]).toEqual(['draft', 'draft']);
      await move('a', 'active');
      const report = await load([domain('revenue'), completeMetric('a', { status: 'archived' }), completeMetric('b')]);
      expect([report.totals().unchanged, (await metric('a')).status]).toEqual([3, 'active']);
    });

    test('is taken with status=source where the lifecycle allows it', async () => {
      const options = { status: 'source' } as const;
      const complete = (status: string) => completeMetric('complete', { status });
      const incomplete = { metric_id: 'incomplete', name: 'Incomplete', status: 'active' };
      const first = await load([domain('revenue'), complete('active'), incomplete], options);
      expect([(await metric('complete')).status, (await metric('incomplete')).status]).toEqual(['active', 'draft']);
      expect(first.notes.items).toMatchObject([
        {
          line: 3,
          detail: expect.stringMatching(/does not take the status active .*owner missing_for_status/) as string,
        },
      ]);
      const second = await load([domain('revenue'), complete('archived'), incomplete], options);
      expect(second.totals()).toMatchObject({ updated: 1, refused: 0 });
      expect((await metric('complete')).status).toBe('archived');
      // A status that was changed here stays.
      await move('complete', 'draft');
      await load([domain('revenue'), complete('archived'), incomplete], options);
      expect((await metric('complete')).status).toBe('draft');
    });
  });

  describe('a document that the source no longer has', () => {
    beforeEach(async () => {
      await load([domain('revenue'), completeMetric('kept'), completeMetric('active'), completeMetric('draft')]);
      await move('active', 'active');
    });
    const rest = [domain('revenue'), completeMetric('kept')];

    test('is reported', async () => {
      const before = await revisions();
      expect((await load(rest)).removed.items).toEqual([
        { resource: 'metrics', key: 'active', action: 'reported' },
        { resource: 'metrics', key: 'draft', action: 'reported' },
      ]);
      expect(await revisions()).toEqual(before);
    });

    test('is flagged once with prune=flag, and not any more when it comes back', async () => {
      await load(rest, { prune: 'flag' });
      expect(await metric('draft')).toMatchObject({ extra: { removed_from_source: { source: 'nightly' } } });
      const before = await revisions();
      expect((await load(rest, { prune: 'flag' })).removed.count).toBe(2);
      expect(await revisions()).toEqual(before);
      await load([...rest, completeMetric('draft')]);
      expect(await metric('draft')).not.toHaveProperty('extra');
    });

    test('is deprecated with prune=deprecate where its status allows it', async () => {
      const report = await load(rest, { prune: 'deprecate' });
      expect(report.removed.items).toEqual([
        { resource: 'metrics', key: 'active', action: 'deprecated' },
        { resource: 'metrics', key: 'draft', action: 'left', detail: 'The status is draft.' },
      ]);
      expect(await metric('active')).toMatchObject({ status: 'deprecated' });
      expect((await revisions()).at(-1)?.reason).toBe('import nightly: no longer in the source');
      const back = await load([...rest, completeMetric('active'), completeMetric('draft')]);
      expect(back.notes.items).toMatchObject([
        { detail: 'active: The source has the document again. It stays deprecated.' },
      ]);
      expect(await metric('active')).not.toHaveProperty('extra');
    });

    test('is left alone where a file could not be read, and where the source is empty', async () => {
      const path = join(folder, 'broken.ndjson');
      writeFileSync(path, `${JSON.stringify(domain('revenue'))}\n{"metric_id":\n`);
      const options = { source: 'nightly', prune: 'deprecate', atomic: false } as const;
      expect((await runImport(app.app, [path], options)).removed.count).toBe(0);
      writeFileSync(path, '');
      expect((await runImport(app.app, [path], options)).removed.count).toBe(0);
      expect(await metric('active')).toMatchObject({ status: 'active' });
    });
  });

  test('the settings of a source apply to its documents', async () => {
    const settings = { key_prefix: 'dbt.', default_domain: 'revenue', default_owner: 'Ops', prune: 'flag' };
    await app.put('/api/v1/sources/nightly', settings);
    await app.post('/api/v1/domains', domain('revenue'));
    await app.post('/api/v1/metrics', { metric_id: 'outside', name: 'Outside' });
    const part = { metric_id: 'part', name: 'Part', owner: 'Own' };
    const report = await load([
      { metric_id: 'whole', name: 'Whole', depends_on: ['Part'], related: ['outside'] },
      part,
    ]);
    expect(report.dangling.items).toEqual([]);
    expect(await metric('dbt.whole')).toMatchObject({
      depends_on: ['dbt.part'],
      related: ['outside'],
      business_domain: 'revenue',
      owner: 'Ops',
    });
    expect(await metric('dbt.part')).toMatchObject({ owner: 'Own' });
    expect((await load([part])).removed.items).toMatchObject([{ key: 'dbt.whole', action: 'flagged' }]);
  });

  test('a document that is deleted here stays deleted', async () => {
    await load([completeMetric('a')]);
    await app.delete('/api/v1/metrics/a');
    const report = await load([completeMetric('a', { unit: 'EUR' })]);
    expect([report.totals(), report.notes.count]).toEqual([{ created: 0, updated: 0, unchanged: 1, refused: 0 }, 1]);
    expect((await app.get('/api/v1/metrics/a')).status).toBe(404);
  });

  test('a line with an older version is refused', async () => {
    await load([completeMetric('a')]);
    await patch('a', { unit: 'EUR' });
    const report = await load([completeMetric('a', { version: 1, name: 'Theirs' })]);
    expect(report.refusals.items).toMatchObject([
      { pointer: '/version', code: 'version_conflict', key: 'a', value: '1' },
    ]);
  });

  test('a refused document leaves no base: the change arrives when it is valid', async () => {
    await load([completeMetric('a')]);
    await load([completeMetric('a', { unit: 'EUR', tier: 'tier-9' })]);
    await load([completeMetric('a', { unit: 'EUR' })]);
    expect(await metric('a')).toMatchObject({ unit: 'EUR' });
  });

  test('a domain name of the first MDL that no longer exists leaves the present domain alone', async () => {
    await app.post('/api/v1/domains', domain('digital', { name: 'Digital Experience' }));
    const first = { metric_id: 'a', name: 'A', business_domain: 'Digital Experience', definition: { unit: 'USD' } };
    await load([first], {});
    expect(await metric('a')).toMatchObject({ business_domain: 'digital' });
    await app.patch('/api/v1/domains/digital', { name: 'Digital' });
    for (const source of ['nightly', undefined]) {
      const path = join(folder, 'source.ndjson');
      writeFileSync(path, JSON.stringify(first));
      const report = await runImport(app.app, [path], source === undefined ? {} : { source });
      expect(report.notes.items).toMatchObject([
        { detail: 'a: There is no domain named “Digital Experience”. The document keeps its business_domain.' },
      ]);
      expect(report.dangling.count).toBe(0);
      expect(await metric('a')).toMatchObject({ business_domain: 'digital' });
    }
  });
});
