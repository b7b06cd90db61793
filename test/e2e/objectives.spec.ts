import { keysOf, problemOf } from '../support/responses';
import { TestApp } from '../support/app';
import { completeMetric, domain, objective } from '../support/documents';

const DAY = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);

/** Everything except the date that `jest.useFakeTimers` would replace. */
const CLOCKS = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

describe('objectives', () => {
  let t: TestApp;
  const objectives = '/api/v1/objectives';

  beforeAll(async () => {
    t = await TestApp.start();
    await t.post('/api/v1/domains', domain('revenue'));
    await t.post('/api/v1/domains', domain('people'));
    await t.post('/api/v1/metrics', completeMetric('M-1', { unit: 'EUR', direction: 'decrease' }));
    await t.post('/api/v1/metrics', completeMetric('M-2', { unit: 'h' }));
  });
  afterAll(() => t.stop());

  const create = (key: string, changes: Record<string, unknown> = {}) => t.post(objectives, objective(key, changes));
  const result = (kr_id: string, changes: Record<string, unknown> = {}) => ({
    kr_id,
    name: `Result ${kr_id}`,
    ...changes,
  });

  describe('progress', () => {
    it('is the weighted mean of the key results and is not stored', async () => {
      const key_results = [
        result('up', { baseline: 100, target: 200, current: 150, direction: 'increase', weight: 2 }),
        result('down', { baseline: 20, target: 10, current: 10, direction: 'decrease' }),
        result('keep', { target: 99.9, current: 90, direction: 'maintain' }),
        result('beyond', { target: 10, current: 40 }),
        result('unknown', { target: 10, current: null }),
      ];
      const { status, body } = await create('P-1', { status: 'active', key_results });
      expect(status).toBe(201);
      expect(body.key_results.map(({ progress }: { progress: number | null }) => progress)).toEqual([
        0.5,
        1,
        0,
        1,
        null,
      ]);
      expect([body.progress, body.progress_status]).toEqual([0.6, null]);
      const [row] = await t.sql<{ stored: string }>(`SELECT data::text AS stored FROM objectives WHERE key = 'P-1'`);
      expect(row?.stored).not.toContain('progress');
      const listed = await t.get(`${objectives}?objective_id=P-1&fields=progress`);
      expect(listed.body.data).toEqual([{ objective_id: 'P-1', version: 1, progress: 0.6 }]);
    });

    it.each([
      [0.5, 'on_track'],
      [0.41, 'on_track'],
      [0.3, 'at_risk'],
      [0.1, 'off_track'],
    ])('of %d at half of the time frame is %s', async (progress, expected) => {
      const timeframe = { start: inDays(-50), end: inDays(50) };
      const { body } = await create(`P-${progress}`, {
        timeframe,
        key_results: [result('a', { target: 100, current: progress * 100 })],
      });
      expect([body.progress, body.progress_status]).toEqual([progress, expected]);
      expect(body.key_results[0].progress_status).toBe(expected);
    });

    it('changes the ETag when it changes with time', async () => {
      const timeframe = { start: inDays(-1), end: inDays(9) };
      const created = await create('P-time', { timeframe, key_results: [result('a', { target: 100, current: 5 })] });
      const etag = created.headers.etag ?? '';
      expect((await t.get(`${objectives}/P-time`, { 'if-none-match': etag })).status).toBe(304);
      // The same version of the document a week later.
      jest.useFakeTimers({ now: Date.now() + 7 * 86_400_000, doNotFake: [...CLOCKS] });
      const later = await t.get(`${objectives}/P-time`, { 'if-none-match': etag }).finally(() => jest.useRealTimers());
      expect([later.status, later.body.version, later.body.progress_status]).toEqual([200, 1, 'off_track']);
      expect(later.headers.etag).not.toBe(etag);
      expect((await t.patch(`${objectives}/P-time`, { description: 'D' }, { 'if-match': etag })).status).toBe(200);
    });

    it('needs no target in a draft', async () => {
      const open = { key_results: [result('a', { target: null }), result('b')] };
      const draft = await create('P-draft', open);
      expect([draft.status, draft.body.status, draft.body.progress]).toEqual([201, 'draft', null]);
      expect(problemOf(await create('P-open', { ...open, status: 'active' })).errors).toEqual([
        '/key_results/0/target missing_for_status',
        '/key_results/1/target missing_for_status',
      ]);
      expect(problemOf(await t.patch(`${objectives}/P-draft`, { status: 'active' })).status).toBe(422);
    });

    it('is ignored in a request', async () => {
      const { body, headers } = await create('P-back', { timeframe: { start: inDays(-9), end: inDays(9) } });
      const again = await t.put(`${objectives}/P-back`, body, { 'if-match': headers.etag ?? '' });
      expect([again.status, again.body]).toEqual([200, body]);
    });
  });

  describe('a check-in', () => {
    const checkIn = (key: string, kr: string, body: unknown, headers = {}) =>
      t.patch(`${objectives}/${key}/key-results/${kr}`, body, headers);

    it('creates a version with the note as its reason', async () => {
      const key_results = [result('KR-1', { target: 10, current: 1 }), result('KR-2', { target: 10, current: 1 })];
      await create('C-1', { key_results });
      const { status, body } = await checkIn('c-1', 'kr-2', { current: 5, note: 'October close.' });
      expect([status, body.version, body.progress]).toEqual([200, 2, 0.3]);
      expect(body.key_results.map(({ current }: { current: number }) => current)).toEqual([1, 5]);
      const { data } = (await t.get(`${objectives}/C-1/revisions`)).body;
      expect(data[0]).toMatchObject({ version: 2, reason: 'October close.', changed_fields: ['key_results'] });
    });

    it('can remove the value', async () => {
      await create('C-2');
      expect((await checkIn('C-2', 'KR-1', { current: null })).body.progress).toBeNull();
    });

    it('is refused for an invalid body or an unknown key result', async () => {
      await create('C-3');
      expect((await checkIn('C-3', 'KR-9', { current: 1 })).status).toBe(404);
      expect((await checkIn('unknown', 'KR-1', { current: 1 })).status).toBe(404);
      expect((await checkIn('C-3', 'KR-1', { current: 1 }, { 'if-match': '"7"' })).status).toBe(412);
      expect(problemOf(await checkIn('C-3', 'KR-1', { note: 'x' })).errors).toEqual(['/current required']);
      expect(problemOf(await checkIn('C-3', 'KR-1', { current: '5' })).errors).toEqual(['/current invalid_type']);
      expect(problemOf(await checkIn('C-3', 'KR-1', { current: 5, target: 6 })).errors).toEqual([
        '/target unknown_field',
      ]);
    });

    it('creates a version even if the value did not change', async () => {
      await t.post(objectives, objective('same'));
      const checkIn = () => t.patch(`${objectives}/same/key-results/KR-1`, { current: 4, note: 'Still so.' });
      expect((await checkIn()).body.version).toBe(2);
      expect((await checkIn()).body.version).toBe(3);
      const { body } = await t.get(`${objectives}/same/revisions?limit=1`);
      expect(body.data[0]).toMatchObject({ version: 3, change: 'updated', reason: 'Still so.', changed_fields: [] });
    });

    it('loses no concurrent check-in', async () => {
      const key_results = Array.from({ length: 10 }, (_, at) => result(`k${at}`, { target: 10 }));
      await create('C-4', { key_results });
      const responses = await Promise.all(key_results.map(({ kr_id }, at) => checkIn('C-4', kr_id, { current: at })));
      expect(responses.map(({ status }) => status)).toEqual(Array(10).fill(200));
      const { body } = await t.get(`${objectives}/C-4`);
      expect(body.key_results.map(({ current }: { current: number }) => current)).toEqual([...Array(10).keys()]);
      expect(body.version).toBe(11);
    });
  });

  describe('key results', () => {
    it('take unit and direction from their only metric by default', async () => {
      const { body } = await create('K-1', {
        key_results: [
          result('a', { metric_ids: ['M-1'], target: 0, baseline: 10, current: 5 }),
          result('b', { metric_ids: ['M-1'], unit: 'GBP', direction: 'increase' }),
          result('c', { metric_ids: ['M-2'] }),
          result('d', { metric_ids: ['M-1', 'M-2'] }),
        ],
      });
      const pick = ({ unit, direction }: { unit?: string; direction?: string }) => [unit, direction];
      expect(body.key_results.map(pick)).toEqual([
        ['EUR', 'decrease'],
        ['GBP', 'increase'],
        ['h', undefined],
        [undefined, undefined],
      ]);
    });

    it('have unique ids, number one to twenty, and refer to live metrics', async () => {
      expect(problemOf(await create('K-2', { key_results: [result('a'), result('A')] })).errors).toEqual([
        '/key_results/1/kr_id not_unique',
      ]);
      expect(problemOf(await create('K-2', { key_results: [] })).errors).toEqual(['/key_results too_short']);
      const many = Array.from({ length: 21 }, (_, at) => result(`k${at}`));
      expect(problemOf(await create('K-2', { key_results: many })).errors).toEqual(['/key_results too_long']);
      const unknown = { key_results: [result('a', { metric_ids: ['M-1', 'M-9'] })] };
      expect(problemOf(await create('K-2', unknown)).errors).toEqual(['/key_results/0/metric_ids/1 unknown_reference']);
    });

    it('prevent the deletion of their metrics while the objective is open', async () => {
      await t.post('/api/v1/metrics', completeMetric('M-3'));
      await create('K-3', { status: 'active', key_results: [result('a', { target: 1, metric_ids: ['M-3'] })] });
      const refused = await t.delete('/api/v1/metrics/M-3');
      expect(problemOf(refused)).toMatchObject({ status: 409, code: 'in_use' });
      expect(refused.body).toMatchObject({
        counts: { objectives: 1 },
        users: [{ resource: 'objectives', key: 'K-3' }],
      });
      await t.patch(`${objectives}/K-3`, { status: 'completed' });
      expect((await t.delete('/api/v1/metrics/M-3')).status).toBe(204);
    });
  });

  it('end after they start, on valid dates', async () => {
    const errors = async (start: string, end: string) =>
      problemOf(await create('T-1', { timeframe: { start, end } })).errors;
    expect(await errors('2026-12-31', '2026-12-31')).toEqual(['/timeframe/end wrong_order']);
    expect(await errors('2026-02-30', '2026-12-31')).toEqual(['/timeframe/start invalid_format']);
  });

  it('have no cycle of parents', async () => {
    await create('O-1');
    await create('O-2', { parent: 'O-1' });
    expect(problemOf(await t.patch(`${objectives}/O-1`, { parent: 'O-2' }))).toMatchObject({
      status: 422,
      code: 'cycle',
    });
    expect((await t.delete(`${objectives}/O-1`)).status).toBe(409);
  });

  it('are filtered by domain, status, team, metric, day and text', async () => {
    const timeframe = { start: '2030-01-01', end: '2030-03-31' };
    await create('F-1', {
      domain_id: 'people',
      owner_team: 'Ops',
      timeframe,
      key_results: [result('Zebra', { metric_ids: ['M-1'] })],
    });
    await create('F-2', {
      domain_id: 'revenue',
      timeframe: { start: '2030-03-31', end: '2030-06-30' },
      key_results: [result('a', { metric_ids: ['M-2'] }), result('b', { metric_ids: ['M-1'] })],
      priority: 'low',
    });
    await create('F-3', { status: 'active', owner_team: 'Ops' });
    const keys = async (query: string) =>
      keysOf(await t.get(`${objectives}?objective_id_prefix=F-&sort=objective_id&${query}`));
    expect(await keys('domain_id=people,revenue')).toEqual(['F-1', 'F-2']);
    expect(await keys('status=active')).toEqual(['F-3']);
    expect(await keys('owner_team=Ops')).toEqual(['F-1', 'F-3']);
    expect(await keys('priority=low')).toEqual(['F-2']);
    expect(await keys('metric_id=M-1')).toEqual(['F-1', 'F-2']);
    expect(await keys('metric_id_all=M-1,M-2')).toEqual(['F-2']);
    expect(await keys('active_on=2030-01-01')).toEqual(['F-1']);
    expect(await keys('active_on=2030-03-31')).toEqual(['F-1', 'F-2']);
    expect(await keys('active_on=2030-07-01')).toEqual([]);
    expect(await keys('q=zebra')).toEqual(['F-1']);
    expect(problemOf(await t.get(`${objectives}?active_on=2030-02-30`)).errors).toEqual(['active_on invalid_value']);
  });
});
