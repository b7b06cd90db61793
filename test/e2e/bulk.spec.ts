import { linesOf, problemOf } from '../support/responses';
import { type TestResponse, TestApp } from '../support/app';
import { times } from '../support/concurrently';
import { completeMetric, domain } from '../support/documents';

describe('a bulk request', () => {
  let t: TestApp;
  const metrics = '/api/v1/metrics';

  beforeAll(async () => {
    t = await TestApp.start();
    await t.post('/api/v1/domains', domain('revenue'));
  });
  afterAll(() => t.stop());

  const bulk = (items: unknown[], query = '') => t.post(`${metrics}/bulk${query}`, { items });
  const ndjson = (lines: string[], query = '') =>
    t.post(`${metrics}/bulk${query}`, lines.join('\n'), { 'content-type': 'application/x-ndjson' });
  const exists = async (key: string) => (await t.get(`${metrics}/${key}`)).status === 200;
  const named = (metric_id: string, changes: Record<string, unknown> = {}) => ({
    metric_id,
    name: metric_id,
    ...changes,
  });

  it('creates its items in order, with a result and a revision for each', async () => {
    const { status, body } = await bulk([
      named('A-1'),
      { name: 'no key' },
      completeMetric('A-2', { status: 'active' }),
    ]);
    expect(status).toBe(200);
    expect(body).toEqual({
      dry_run: false,
      summary: { created: 3, updated: 0, unchanged: 0, refused: 0 },
      results: [
        { item: 0, key: 'A-1', result: 'created', version: 1 },
        { item: 1, key: expect.stringMatching(/^metric-/) as string, result: 'created', version: 1 },
        { item: 2, key: 'A-2', result: 'created', version: 1 },
      ],
    });
    expect((await t.get(`${metrics}/A-2/revisions`)).body.data).toMatchObject([{ version: 1, change: 'created' }]);
  });

  it('accepts NDJSON with blank lines and CRLF', async () => {
    const { status, body } = await ndjson([
      `${JSON.stringify(named('N-1'))}\r`,
      '',
      '  ',
      JSON.stringify(named('N-2')),
      '',
    ]);
    expect(status).toBe(200);
    expect(body.results).toMatchObject([
      { item: 0, line: 1, key: 'N-1' },
      { item: 1, line: 4, key: 'N-2' },
    ]);
  });

  it('accepts an export', async () => {
    const exported = await t.get(`${metrics}/export`);
    const before = linesOf(exported);
    const { status, body } = await ndjson(exported.text.split('\n'), '?mode=upsert');
    expect(status).toBe(200);
    expect(body.summary).toEqual({ created: 0, updated: 0, unchanged: before.length - 1, refused: 0 });
  });

  it('accepts an empty export', async () => {
    const exported = await t.get(`${metrics}/export?tags=unused`);
    const { status, body } = await ndjson(exported.text.split('\n'), '?mode=upsert');
    expect([status, body]).toEqual([
      200,
      { dry_run: false, summary: { created: 0, updated: 0, unchanged: 0, refused: 0 }, results: [] },
    ]);
  });

  it('refuses a truncated export at the line of its count', async () => {
    const { status, body } = await ndjson([JSON.stringify(named('cut-1')), '', '{"count":2}'], '?atomic=false');
    expect([status, body.errors]).toEqual([
      422,
      [expect.objectContaining({ line: 3, pointer: '/count', code: 'truncated' })],
    ]);
    expect(await exists('cut-1')).toBe(false);
  });

  it('counts the lines before parsing them and refuses too many', async () => {
    const parse = jest.spyOn(JSON, 'parse');
    expect(problemOf(await ndjson(times(2_500_000, () => '{')))).toMatchObject({
      status: 422,
      errors: ['/items too_long'],
    });
    expect(parse.mock.calls.length).toBeLessThan(10);
    parse.mockRestore();
  });

  describe('with more errors than a response lists', () => {
    const faults = (count: number) => Object.fromEntries(times(count, (at) => [`f${at}`, 1]));
    const perItem = ({ body }: TestResponse, item: number) =>
      (body.errors as { item: number }[]).filter((error) => error.item === item).length;

    it('lists at most 100 per item and 1,000 in total, at least one per item, and the number of others', async () => {
      const items = times(200, (at) => ({ name: 'x', ...faults(at === 0 ? 150 : 20) }));
      // Validation of one item stops at 100 violations.
      const unlisted = 100 + 199 * 20 - 1000;
      const refused = await bulk(items);
      expect([refused.status, refused.body.errors.length]).toEqual([422, 1000]);
      expect(refused.body.detail).toContain(`At least ${unlisted} more errors`);
      expect([perItem(refused, 0), perItem(refused, 199)]).toEqual([100, 1]);

      const accepted = await bulk([...items, named('accepted-among-many')], '?atomic=false');
      expect([accepted.status, accepted.body.summary]).toEqual([
        207,
        { created: 1, updated: 0, unchanged: 0, refused: 200, unlisted_errors: unlisted },
      ]);
      const listed = (accepted.body.results as { errors?: unknown[] }[]).map(({ errors = [] }) => errors.length);
      expect([listed[0], listed[199], listed.reduce((sum, count) => sum + count)]).toEqual([100, 1, 1000]);
    });
  });

  it('writes all items or none and lists every error with item and pointer', async () => {
    const refused = await bulk([
      named('B-1'),
      { metric_id: 'B-2' },
      named('A-1'),
      named('B-3', { owner: '', colour: 1 }),
      named('B-4', { business_domain: 'unknown' }),
      'text',
      named('b-1'),
    ]);
    expect([refused.status, refused.body.code]).toEqual([422, 'bulk_refused']);
    expect(refused.body.errors).toMatchObject([
      { item: 1, pointer: '/name', code: 'required' },
      { item: 2, code: 'already_exists' },
      { item: 3, pointer: '/colour', code: 'unknown_field' },
      { item: 3, pointer: '/owner', code: 'blank' },
      { item: 4, pointer: '/business_domain', code: 'unknown_reference' },
      { item: 5, pointer: '', code: 'invalid_type' },
      { item: 6, code: 'already_exists' },
    ]);
    expect(await exists('B-1')).toBe(false);
    expect(await t.sql(`SELECT 1 FROM revisions WHERE key LIKE 'B-%'`)).toEqual([]);
  });

  it('lists the lines of NDJSON that cannot be parsed', async () => {
    const refused = await ndjson([
      JSON.stringify(named('L-1')),
      '{"metric_id":',
      '',
      '{"name":"x","name":"y"}',
      '[]',
      '{"name":1e999}',
    ]);
    expect(refused.status).toBe(422);
    expect(refused.body.errors).toMatchObject([
      { item: 1, line: 2, code: 'malformed_json' },
      { item: 2, line: 4, code: 'duplicate_key' },
      { item: 3, line: 5, code: 'invalid_type' },
      { item: 4, line: 6, code: 'number_out_of_range' },
    ]);
    expect(await exists('L-1')).toBe(false);
  });

  it('writes the valid items with atomic=false: 207', async () => {
    const { status, body } = await bulk(
      [named('C-1'), { metric_id: 'C-2' }, named('C-3'), named('A-1')],
      '?atomic=false',
    );
    expect([status, body.summary]).toEqual([207, { created: 2, updated: 0, unchanged: 0, refused: 2 }]);
    expect(body.results.map(({ result }: { result: string }) => result)).toEqual([
      'created',
      'refused',
      'created',
      'refused',
    ]);
    expect(body.results[1].errors).toMatchObject([{ item: 1, pointer: '/name', code: 'required' }]);
    expect([await exists('C-1'), await exists('C-3')]).toEqual([true, true]);
  });

  it('creates, replaces or skips with mode=upsert', async () => {
    await bulk([named('U-1', { owner: 'Old', tags: ['a'] }), named('U-2')]);
    const { status, body } = await bulk([named('u-1', { owner: 'New' }), named('U-2'), named('U-3')], '?mode=upsert');
    expect(status).toBe(200);
    expect(body.summary).toEqual({ created: 1, updated: 1, unchanged: 1, refused: 0 });
    const { body: replaced } = await t.get(`${metrics}/U-1`);
    expect(replaced).toMatchObject({ metric_id: 'U-1', owner: 'New', version: 2 });
    expect(replaced).not.toHaveProperty('tags');
    expect((await t.get(`${metrics}/U-2`)).body.version).toBe(1);

    await t.delete(`${metrics}/U-3`);
    expect((await bulk([named('U-3')], '?mode=upsert')).body.errors).toMatchObject([{ item: 0, code: 'key_deleted' }]);
    await bulk([completeMetric('U-4', { status: 'active' })]);
    expect((await bulk([named('U-4', { status: 'draft' })], '?mode=upsert')).body.errors).toMatchObject([
      { pointer: '/status', code: 'status_by_transition' },
    ]);
  });

  describe('with documents of an export', () => {
    const upsert = (...items: unknown[]) => bulk(items, '?mode=upsert&atomic=false');

    it('refuses an older version that would overwrite a newer document', async () => {
      await bulk([named('V-1')]);
      await t.patch(`${metrics}/V-1`, { owner: 'Second' });
      const outdated = named('v-1', { version: 1, owner: 'Outdated' });
      const { status, body } = await upsert(outdated, named('V-2', { version: 7 }));
      expect([status, body.summary]).toMatchObject([207, { created: 1, refused: 1 }]);
      expect(body.results[0].errors).toMatchObject([{ item: 0, pointer: '/version', code: 'version_conflict' }]);
      expect((await bulk([outdated], '?mode=upsert')).body).toMatchObject({ status: 422, code: 'bulk_refused' });
      expect((await t.get(`${metrics}/V-1`)).body).toMatchObject({ owner: 'Second', version: 2 });
    });

    it('accepts the present or a newer version, and an older one without changes', async () => {
      const versions = [
        [1, 'Second', 'unchanged'],
        [2, 'Third', 'updated'],
        [9, 'Fourth', 'updated'],
        [4, 'Fifth', 'updated'],
      ];
      for (const [version, owner, result] of versions)
        expect((await upsert(named('V-1', { version, owner }))).body.results).toMatchObject([{ result }]);
      const twice = [named('V-1', { version: 5, owner: 'Sixth' }), named('V-1', { version: 5, owner: 'Seventh' })];
      expect((await upsert(...twice)).body.results).toMatchObject([{ result: 'updated' }, { result: 'refused' }]);
    });

    it('leaves deleted documents deleted or absent, and live ones live', async () => {
      await bulk([named('X-1'), named('X-2')]);
      await t.delete(`${metrics}/X-1`);
      const exported = linesOf(await t.get(`${metrics}/export?include_deleted=true&metric_id=X-1`))[0] as object;
      const absent = { ...exported, metric_id: 'X-3' };
      for (const query of ['?mode=upsert', '?mode=create']) {
        const { status, body } = await bulk([exported, absent], query);
        expect([status, body.summary]).toMatchObject([200, { created: 0, updated: 0, unchanged: 2 }]);
      }
      const live = await upsert({ ...exported, metric_id: 'X-2' });
      expect(live.body.results[0].errors).toMatchObject([{ pointer: '/deleted_at', code: 'deleted_line' }]);
      expect([await exists('X-1'), await exists('X-2'), await exists('X-3')]).toEqual([false, true, false]);
      expect((await upsert(named('X-2', { deleted_at: null, owner: 'Live' }))).body.summary.updated).toBe(1);
    });

    it('refuses other types of version and deleted_at', async () => {
      const { body } = await upsert(named('T-1', { version: '1' }), named('T-2', { version: 1.5, deleted_at: true }));
      const errors = (body.results as { errors: { pointer: string; code: string }[] }[]).flatMap(
        ({ errors }) => errors,
      );
      expect(errors.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
        '/version invalid_type',
        '/version invalid_type',
        '/deleted_at invalid_type',
      ]);
    });
  });

  it('writes nothing with dry_run and returns the same results', async () => {
    const dry = await bulk([named('D-1'), named('U-1', { owner: 'Other' })], '?dry_run=true&mode=upsert');
    expect(dry.body).toMatchObject({ dry_run: true, summary: { created: 1, updated: 1, unchanged: 0, refused: 0 } });
    expect(await exists('D-1')).toBe(false);
    expect((await t.get(`${metrics}/U-1`)).body).toMatchObject({ owner: 'New', version: 2 });
    expect((await bulk([{}], '?dry_run=true')).status).toBe(422);
    expect((await bulk([{}], '?dry_run=true&atomic=false')).status).toBe(207);
  });

  describe('with references', () => {
    it('allows references to later items but no cycle', async () => {
      const { status } = await bulk([
        named('F-1', { depends_on: ['F-2'], related: ['F-3'] }),
        named('F-2', { depends_on: ['F-3'] }),
        named('F-3'),
      ]);
      expect(status).toBe(200);
      expect((await t.get(`${metrics}/F-1`)).body).not.toHaveProperty('unresolved_refs');
      const ring = await bulk([named('G-1', { depends_on: ['G-2'] }), named('G-2', { depends_on: ['G-1'] })]);
      expect(ring.status).toBe(422);
      expect(ring.body.errors).toEqual(expect.arrayContaining([expect.objectContaining({ item: 1, code: 'cycle' })]));
      const parents = await t.post('/api/v1/domains/bulk', {
        items: [domain('low', { parent: 'high' }), domain('high')],
      });
      expect(parents.status).toBe(200);
      expect(
        await t.sql(
          `SELECT 1 FROM domains WHERE key = 'low' AND parent_id = (SELECT id FROM domains WHERE key = 'high')`,
        ),
      ).toHaveLength(1);
    });

    it('with refs=strict refuses a chain that depends on an unknown key and writes the rest', async () => {
      const items = [
        named('S-1', { depends_on: ['S-2'] }),
        named('S-2', { depends_on: ['S-3'] }),
        named('S-3', { depends_on: ['unknown'] }),
        named('S-4'),
      ];
      const { status, body } = await bulk(items, '?atomic=false');
      expect(status).toBe(207);
      expect(body.results.map(({ result }: { result: string }) => result)).toEqual([
        'refused',
        'refused',
        'refused',
        'created',
      ]);
      expect([await exists('S-1'), await exists('S-2'), await exists('S-3'), await exists('S-4')]).toEqual([
        false,
        false,
        false,
        true,
      ]);
    });

    it('with refs=lenient accepts unknown keys and resolves them later', async () => {
      const lenient = await bulk([named('E-1', { business_domain: 'later', depends_on: ['E-9'] })], '?refs=lenient');
      expect(lenient.body.results).toMatchObject([
        { result: 'created', unresolved_refs: ['domains/later', 'metrics/E-9'] },
      ]);
      const { body, headers } = await t.get(`${metrics}/E-1`);
      expect(body.unresolved_refs).toEqual(['domains/later', 'metrics/E-9']);
      expect((await t.get(`${metrics}?unresolved=true`)).body.data).toMatchObject([{ metric_id: 'E-1' }]);

      await t.post('/api/v1/domains', domain('later'));
      const half = await t.get(`${metrics}/E-1`, { 'if-none-match': headers.etag ?? '' });
      expect([half.status, half.body.unresolved_refs]).toEqual([200, ['metrics/E-9']]);
      expect((await t.get('/api/v1/domains/later')).body.metric_count).toBe(1);
      expect((await t.delete('/api/v1/domains/later')).status).toBe(409);

      await t.post(metrics, named('E-9'));
      expect((await t.get(`${metrics}/E-1`)).body).not.toHaveProperty('unresolved_refs');
      expect((await t.get(`${metrics}?unresolved=true`)).body.pagination.total).toBe(0);
      expect((await t.delete(`${metrics}/E-9`)).status).toBe(409);
    });
  });

  it.each<[string, string, string]>([
    ['before', 'AR-1', 'AR-2'],
    ['after', 'AR-4', 'AR-3'],
  ])('refuses an active metric that depends on an archived one %s it', async (_, archived, active) => {
    const refused = await bulk([
      completeMetric(archived, { status: 'archived' }),
      completeMetric(active, { status: 'active', depends_on: [archived] }),
    ]);
    expect(refused.status).toBe(422);
    expect([await exists(archived), await exists(active)]).toEqual([false, false]);
  });

  it('accepts at most 1,000 items', async () => {
    const many = await bulk(times(1000, (at) => named(`M-${at}`, { tags: ['many'] })));
    expect([many.status, many.body.summary.created]).toEqual([200, 1000]);
    expect((await t.get(`${metrics}?tags=many`)).body.pagination.total).toBe(1000);
    const more = await bulk(times(1001, (at) => named(`O-${at}`)));
    expect(problemOf(more)).toMatchObject({ status: 422, errors: ['/items too_long'] });
    expect(await exists('O-0')).toBe(false);
  });

  it.each<[string, unknown, number, string]>([
    ['no items', { items: [] }, 422, '/items too_short'],
    ['an array', [{ name: 'x' }], 422, '/items required'],
    ['null', 'null', 422, '/items required'],
    ['something beside the items', { items: [{ name: 'x' }], mode: 'upsert' }, 422, '/mode unknown_field'],
  ])('is refused with %s', async (_, body, status, error) => {
    const refused = await t.post(`${metrics}/bulk`, body);
    expect(problemOf(refused)).toMatchObject({ status, errors: [error] });
  });

  it.each(['mode=replace', 'atomic=0', 'dry_run=yes', 'refs=any', 'limit=1', 'mode=create&mode=upsert'])(
    'is refused with ?%s',
    async (query) => {
      expect(problemOf(await bulk([named('X')], `?${query}`))).toMatchObject({
        status: 400,
        code: 'invalid_parameter',
      });
    },
  );
});
