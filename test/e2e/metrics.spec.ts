import { problemOf } from '../support/responses';
import { TestApp } from '../support/app';
import { completeMetric, domain } from '../support/documents';

describe('metrics', () => {
  let t: TestApp;
  const metrics = '/api/v1/metrics';

  beforeAll(async () => {
    t = await TestApp.start();
    await t.post('/api/v1/domains', domain('revenue'));
  });
  afterAll(() => t.stop());

  const create = (key: string, changes: Record<string, unknown> = {}) => t.post(metrics, completeMetric(key, changes));
  const versionsOf = async (key: string): Promise<number> =>
    (await t.get(`${metrics}/${key}/revisions`)).body.data.length as number;

  describe('creation', () => {
    it('returns 201 with the document, Location and ETag', async () => {
      const { status, headers, body } = await create('Created-1', { tier: 'Tier-1' });
      expect(status).toBe(201);
      expect(headers).toMatchObject({
        location: '/api/v1/metrics/Created-1',
        etag: '"1"',
        'cache-control': 'no-store',
        'content-type': 'application/json; charset=utf-8',
      });
      expect(body).toMatchObject({ ...completeMetric('Created-1'), tier: 'tier-1', status: 'draft', version: 1 });
      expect(body.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(body.updated_at).toBe(body.created_at);
      expect(body).not.toHaveProperty('deleted_at');
    });

    it('generates a key when the client sends none', async () => {
      const { status, headers, body } = await t.post(metrics, { name: 'Nameless key' });
      expect(status).toBe(201);
      expect(body.metric_id).toMatch(/^metric-[0-9a-f-]{36}$/);
      expect((await t.get(headers.location ?? '')).body).toEqual(body);
    });

    it('refuses an existing key, case-insensitively', async () => {
      await create('Taken-1');
      expect(problemOf(await create('TAKEN-1'))).toMatchObject({ status: 409, code: 'already_exists' });
    });

    it('refuses keys that are route segments', async () => {
      for (const key of ['bulk', 'export', 'stats'])
        expect(problemOf(await create(key)).errors).toEqual(['/metric_id reserved']);
    });

    it('accepts the status active if no required field is missing', async () => {
      expect((await create('Active-1', { status: 'active' })).body.status).toBe('active');
      const bare = await t.post(metrics, { metric_id: 'Active-2', name: 'Bare', status: 'active' });
      expect(problemOf(bare).errors).toEqual([
        '/description missing_for_status',
        '/owner missing_for_status',
        '/business_domain missing_for_status',
        '/formula/expression missing_for_status',
        '/unit missing_for_status',
      ]);
      expect((await t.get(`${metrics}/Active-2`)).status).toBe(404);
    });

    it.each(['deprecated', 'archived'])(
      'accepts the status %s, as an export contains it, if no required field is missing',
      async (status) => {
        const created = await create(`Begun-${status}`, { status });
        expect([created.status, created.body.status]).toEqual([201, status]);
        const bare = await t.post(metrics, { metric_id: `Bare-${status}`, name: 'Bare', status });
        expect(problemOf(bare).errors).toHaveLength(5);
        expect(problemOf(await t.patch(`${metrics}/Begun-${status}`, { status: 'active' })).errors).toEqual([
          '/status status_by_transition',
        ]);
      },
    );

    it('accepts no query parameter', async () => {
      expect(problemOf(await t.post(`${metrics}?dry_run=true`, { name: 'x' }))).toMatchObject({
        status: 400,
        errors: ['dry_run unknown_parameter'],
      });
    });
  });

  describe('reading', () => {
    beforeAll(() => create('Read-1', { tags: ['a'] }));

    it('finds a key case-insensitively and returns its original spelling', async () => {
      const { status, body } = await t.get(`${metrics}/rEAD-1`);
      expect([status, body.metric_id]).toEqual([200, 'Read-1']);
    });

    it('returns the selected fields with key and version, and the same ETag', async () => {
      const { body, headers } = await t.get(`${metrics}/Read-1?fields=name,tags,status`);
      expect(body).toEqual({ metric_id: 'Read-1', version: 1, name: 'Metric Read-1', tags: ['a'], status: 'draft' });
      expect(headers.etag).toBe('"1"');
    });

    it('returns a repeated field once', async () => {
      const { text } = await t.get(`${metrics}/Read-1?fields=name,name,name`);
      expect(text.match(/"name"/g)).toHaveLength(1);
    });

    it('responds to HEAD like GET, without a body', async () => {
      const [head, get] = [await t.send('HEAD', `${metrics}/Read-1`), await t.get(`${metrics}/Read-1`)];
      expect([head.status, head.text, head.headers.etag]).toEqual([200, '', '"1"']);
      expect(head.headers['content-length']).toBe(get.headers['content-length']);
      expect((await t.send('HEAD', `${metrics}/unknown`)).status).toBe(404);
    });

    it.each(['unknown', 'Read-1%00', 'a%20b', 'x'.repeat(129), '%C3%BC'])('returns 404 for %s', async (key) => {
      expect(problemOf(await t.get(`${metrics}/${key}`))).toMatchObject({ status: 404, code: 'not_found' });
      expect((await t.get(`${metrics}/${key}/revisions`)).status).toBe(404);
      expect((await t.delete(`${metrics}/${key}`)).status).toBe(404);
    });
  });

  describe('replacement', () => {
    it('replaces everything except key, status and revisions', async () => {
      await create('Put-1', { status: 'active', tags: ['old'] });
      const next = completeMetric('Put-1', { name: 'Replaced' });
      const { status, headers, body } = await t.put(`${metrics}/put-1`, next, { 'if-match': '"1"' });
      expect([status, headers.etag]).toEqual([200, '"2"']);
      expect(body).toMatchObject({ metric_id: 'Put-1', name: 'Replaced', status: 'active', version: 2 });
      expect(body).not.toHaveProperty('tags');
    });

    it('accepts an unchanged document and creates no version', async () => {
      const { body } = await create('Put-2', { tier: 'tier-2', extra: { from: 'somewhere' } });
      const { status, headers } = await t.put(`${metrics}/Put-2`, body, { 'if-match': '"1"' });
      expect([status, headers.etag, await versionsOf('Put-2')]).toEqual([200, '"1"', 1]);
    });

    it('does not change the key', async () => {
      await create('Put-3');
      const other = await t.put(`${metrics}/Put-3`, completeMetric('Put-4'), { 'if-match': '*' });
      expect(problemOf(other)).toMatchObject({ status: 422, errors: ['/metric_id immutable'] });
      const respelled = await t.put(`${metrics}/Put-3`, completeMetric('PUT-3', { name: 'N' }), { 'if-match': '*' });
      expect([respelled.status, respelled.body.metric_id]).toEqual([200, 'Put-3']);
    });

    it('creates with If-None-Match: *', async () => {
      const { metric_id: _, ...document } = completeMetric('Put-5');
      const created = await t.put(`${metrics}/Put-5`, document, { 'if-none-match': '*' });
      expect([created.status, created.headers.location]).toEqual([201, '/api/v1/metrics/Put-5']);
      const again = await t.put(`${metrics}/Put-5`, document, { 'if-none-match': '*' });
      expect(problemOf(again)).toMatchObject({ status: 412, code: 'precondition_failed' });
      const unknown = await t.put(`${metrics}/Put-6`, document, { 'if-match': '*' });
      expect(unknown.status).toBe(404);
    });
  });

  describe('a merge patch', () => {
    const start = { tags: ['a', 'b'], formula: { expression: 'x', language: 'sql' }, contacts: { business: 'B' } };

    it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
      ['replaces a value', { name: 'New' }, { name: 'New' }],
      ['adds one', { short_name: 'S' }, { short_name: 'S' }],
      ['removes one by null', { contacts: null }, { contacts: undefined }],
      ['removes what is not there', { short_name: null }, {}],
      ['merges objects', { formula: { language: 'dax' } }, { formula: { expression: 'x', language: 'dax' } }],
      ['removes inside objects', { formula: { language: null } }, { formula: { expression: 'x' } }],
      ['replaces arrays whole', { tags: ['c'] }, { tags: ['c'] }],
      [
        'adds an object without its nulls',
        { alignment: { why_it_matters: 'W', strategic_pillar: null } },
        { alignment: { why_it_matters: 'W' } },
      ],
      ['ignores what is read only', { version: 9, created_at: 'x' }, {}],
      ['does not change the key', { metric_id: null }, {}],
      ['keeps the spelling of the key', { metric_id: 'patch' }, {}],
      ['keeps the status', { status: null }, {}],
      ['may be empty', {}, {}],
    ])('%s', async (name, patch, expected) => {
      const key = `Patch-${name.replaceAll(' ', '-')}`;
      await create(key, start);
      const sent = patch.metric_id === 'patch' ? { metric_id: key.toLowerCase() } : patch;
      const { status, body } = await t.patch(`${metrics}/${key}`, sent, {
        'content-type': 'application/merge-patch+json',
      });
      const changed = Object.keys(expected).length > 0;
      expect(status).toBe(200);
      expect(body).toEqual({
        ...(JSON.parse(JSON.stringify({ ...completeMetric(key, start), ...expected })) as object),
        status: 'draft',
        version: changed ? 2 : 1,
        created_at: body.created_at as string,
        updated_at: body.updated_at as string,
      });
      expect(await versionsOf(key)).toBe(changed ? 2 : 1);
    });

    it('leaves characters alone that were allowed when they were written', async () => {
      await create('Old-text');
      const old = { name: 'a\u001bb', formula: { expression: 'a\u202eb' } };
      await t.sql(`UPDATE metrics SET data = data || $1 WHERE key = 'Old-text'`, [JSON.stringify(old)]);
      const patch = async (body: object) => problemOf(await t.patch(`${metrics}/Old-text`, body));
      expect((await t.patch(`${metrics}/Old-text`, { owner: 'Someone' })).body).toMatchObject({ ...old, version: 3 });
      expect((await patch({ owner: 'a\u001bb' })).errors).toEqual(['/owner invalid_character']);
      expect((await patch({ name: old.name })).errors).toEqual(['/name invalid_character']);
      expect((await t.patch(`${metrics}/Old-text`, { name: 'New' })).body).toMatchObject({ name: 'New', version: 4 });
    });

    it.each<[string, unknown, { status: number; errors?: string[] }]>([
      ['the result would lack a name', { name: null }, { status: 422, errors: ['/name required'] }],
      ['a field is unknown', { colour: 'red' }, { status: 422, errors: ['/colour unknown_field'] }],
      ['it would change the status', { status: 'active' }, { status: 422, errors: ['/status status_by_transition'] }],
      ['it would change the key', { metric_id: 'Other' }, { status: 422, errors: ['/metric_id immutable'] }],
      ['it is null', 'null', { status: 422, errors: [' invalid_type'] }],
      ['it is an array', [], { status: 422, errors: [' invalid_type'] }],
      ['it is a text', '"x"', { status: 422, errors: [' invalid_type'] }],
      ['it is not there', undefined, { status: 400 }],
    ])('is refused when %s', async (_, patch, expected) => {
      await create('Patch-refused');
      expect(problemOf(await t.patch(`${metrics}/Patch-refused`, patch))).toMatchObject(expected);
      expect(await versionsOf('Patch-refused')).toBe(1);
    });
  });

  describe('deletion', () => {
    it('hides the document, keeps its key taken and can be undone', async () => {
      await create('Del-1');
      const gone = await t.delete(`${metrics}/del-1`, { 'if-match': '"1"' });
      expect([gone.status, gone.text]).toEqual([204, '']);
      expect((await t.get(`${metrics}/Del-1`)).status).toBe(404);
      expect((await t.delete(`${metrics}/Del-1`)).status).toBe(404);
      expect((await t.patch(`${metrics}/Del-1`, { name: 'x' })).status).toBe(404);

      const shown = await t.get(`${metrics}/Del-1?include_deleted=true`);
      expect(shown.body).toMatchObject({ version: 2, deleted_at: expect.stringMatching(/Z$/) as string });

      const again = await create('DEL-1');
      expect(problemOf(again)).toMatchObject({ status: 409, code: 'key_deleted' });
      expect(again.body.detail).toContain('/api/v1/metrics/Del-1/restore');

      const restored = await t.post(`${metrics}/Del-1/restore`);
      expect([restored.status, restored.headers.etag]).toEqual([200, '"3"']);
      expect(restored.body).toMatchObject(completeMetric('Del-1'));
      expect(restored.body).not.toHaveProperty('deleted_at');
      expect(problemOf(await t.post(`${metrics}/Del-1/restore`))).toMatchObject({ status: 409, code: 'not_deleted' });
      expect((await t.post(`${metrics}/unknown/restore`)).status).toBe(404);
    });
  });

  describe('status transitions', () => {
    const to = (key: string, status: string, reason?: string) =>
      t.post(`${metrics}/${key}/transitions`, { to: status, ...(reason !== undefined && { reason }) });
    /** The transitions from draft to each status. */
    const PATHS: Record<string, string[]> = {
      draft: [],
      active: ['active'],
      deprecated: ['active', 'deprecated'],
      archived: ['active', 'deprecated', 'archived'],
    };
    const ALLOWED = ['draft active', 'active deprecated', 'deprecated active', 'deprecated archived', 'archived draft'];

    it.each(Object.keys(PATHS).flatMap((from) => Object.keys(PATHS).map((next) => [from, next] as const)))(
      '%s → %s',
      async (from, next) => {
        const key = `Life-${from}-${next}`;
        await create(key);
        for (const step of PATHS[from] ?? []) expect((await to(key, step, 'because')).status).toBe(200);
        const response = await to(key, next, 'because');
        const allowed = ALLOWED.includes(`${from} ${next}`);
        expect(allowed ? response.body.status : problemOf(response).code).toBe(allowed ? next : 'invalid_transition');
        if (!allowed) {
          expect(response.status).toBe(409);
          expect(response.body.allowed).toEqual(
            ALLOWED.filter((step) => step.startsWith(`${from} `)).map((step) => step.split(' ')[1]),
          );
        }
        expect((await t.get(`${metrics}/${key}`)).body.status).toBe(allowed ? next : from);
      },
    );

    it('report every missing field', async () => {
      await t.post(metrics, { metric_id: 'Gate-1', name: 'Bare' });
      expect(problemOf(await to('Gate-1', 'active'))).toEqual({
        status: 422,
        code: 'gate_refused',
        errors: ['/description', '/owner', '/business_domain', '/formula/expression', '/unit'].map(
          (pointer) => `${pointer} missing_for_status`,
        ),
      });
    });

    it('require a successor or a reason to deprecate', async () => {
      await create('Gate-2', { status: 'active' });
      expect(problemOf(await to('Gate-2', 'deprecated'))).toMatchObject({
        status: 422,
        errors: ['/replaced_by missing_for_status'],
      });
      await t.patch(`${metrics}/Gate-2`, { replaced_by: 'Read-1' });
      expect((await to('Gate-2', 'deprecated')).status).toBe(200);
      // Only the transition requires it, because a reason is sufficient.
      expect((await t.patch(`${metrics}/Gate-2`, { replaced_by: null })).status).toBe(200);
    });

    it('keep an active metric complete', async () => {
      await create('Gate-3', { status: 'active' });
      expect(problemOf(await t.patch(`${metrics}/Gate-3`, { unit: null })).errors).toEqual([
        '/unit missing_for_status',
      ]);
    });

    it('do not let active metrics depend on archived ones', async () => {
      await create('Gate-5', { status: 'active' });
      await create('Gate-4', { status: 'active', depends_on: ['Gate-5'] });
      await to('Gate-5', 'deprecated', 'because');
      const blocked = await to('Gate-5', 'archived');
      expect(problemOf(blocked)).toMatchObject({ status: 409, code: 'in_use' });
      expect(blocked.body).toMatchObject({ counts: { metrics: 1 }, users: [{ resource: 'metrics', key: 'Gate-4' }] });

      await to('Gate-4', 'deprecated', 'because');
      expect((await to('Gate-5', 'archived')).status).toBe(200);
      expect(problemOf(await to('Gate-4', 'active')).errors).toEqual(['/depends_on/0 archived_reference']);
      expect(problemOf(await create('Gate-6', { status: 'active', depends_on: ['Gate-5'] })).errors).toEqual([
        '/depends_on/0 archived_reference',
      ]);
    });

    it('support If-Match and store the reason', async () => {
      await create('Gate-7');
      const stale = await t.post(`${metrics}/Gate-7/transitions`, { to: 'active' }, { 'if-match': '"9"' });
      expect(stale.status).toBe(412);
      await to('Gate-7', 'active', 'Reviewed.');
      const { body } = await t.get(`${metrics}/Gate-7/revisions`);
      expect(body.data[0]).toMatchObject({ change: 'transitioned', reason: 'Reviewed.', changed_fields: ['status'] });
    });
  });
});
