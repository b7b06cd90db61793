import { followLinks, keysOf, linkOf, problemOf } from '../support/responses';
import { type TestResponse, TestApp } from '../support/app';
import { times } from '../support/concurrently';

const metrics = '/api/v1/metrics';
let t: TestApp;

beforeAll(async () => {
  t = await TestApp.start();
});
afterAll(() => t.stop());

function query(parameters: Record<string, string | number>): string {
  const texts = Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]);
  return `${metrics}?${new URLSearchParams(texts).toString()}`;
}
const follow = (url: string, relation: 'next' | 'prev') => followLinks(t, url, relation);
const list = (parameters: Record<string, string | number>) => t.get(query(parameters));

describe('pages', () => {
  const ROWS = 23;
  const keys = times(ROWS, (index) => `P-${String(index).padStart(2, '0')}`);

  beforeAll(async () => {
    await t.post(`${metrics}/bulk`, {
      items: keys.map((metric_id, at) => ({ metric_id, name: `Name ${at % 3}`, tags: ['paged'] })),
    });
  });

  it('describe their position in body and headers', async () => {
    const { status, body, headers } = await list({ tags: 'paged', sort: 'metric_id', page: 2, limit: 10 });
    expect(status).toBe(200);
    expect(body.data).toHaveLength(10);
    expect(body.pagination).toEqual({
      page: 2,
      limit: 10,
      total: 23,
      pages: 3,
      hasNext: true,
      hasPrev: true,
      nextCursor: expect.any(String) as string,
    });
    expect(headers).toMatchObject({ 'x-total-count': '23', 'x-page': '2', 'x-per-page': '10', 'x-total-pages': '3' });
  });

  it('have 50 rows by default', async () => {
    expect((await list({})).body.pagination).toMatchObject({ page: 1, limit: 50 });
  });

  it('have links with all other parameters', async () => {
    const response = await list({
      tags: 'paged',
      q: 'name?',
      fields: 'name',
      sort: '-name,metric_id',
      page: 2,
      limit: 5,
    });
    for (const [relation, page] of Object.entries({ first: '1', prev: '1', next: '3', last: '5' })) {
      const { pathname, searchParams } = new URL(linkOf(response, relation) ?? '', 'http://service');
      expect(pathname).toBe(metrics);
      expect(Object.fromEntries(searchParams)).toEqual({
        tags: 'paged',
        q: 'name?',
        fields: 'name',
        sort: '-name,metric_id',
        page,
        limit: '5',
      });
    }
  });

  it.each([1, 4, 22, 23, 24])('of %d reach every row once by following next', async (limit) => {
    const responses = await follow(query({ tags: 'paged', sort: 'name', limit }), 'next');
    expect(responses.flatMap(keysOf).sort()).toEqual(keys);
    expect(responses).toHaveLength(Math.ceil(ROWS / limit));
    expect(responses.map(({ body }) => body.pagination.hasNext as boolean)).toEqual(
      responses.map((_, at) => at < responses.length - 1),
    );
    expect(responses.map(({ body }) => body.pagination.hasPrev as boolean)).toEqual(responses.map((_, at) => at > 0));
  });

  it('past the end are empty with the correct total', async () => {
    const { status, body } = await list({ tags: 'paged', page: 4, limit: 10 });
    expect(status).toBe(200);
    expect(body).toEqual({
      data: [],
      pagination: { page: 4, limit: 10, total: 23, pages: 3, hasNext: false, hasPrev: true, nextCursor: null },
    });
    const none = await list({ tags: 'nothing' });
    expect(none.body).toEqual({
      data: [],
      pagination: { page: 1, limit: 50, total: 0, pages: 0, hasNext: false, hasPrev: false, nextCursor: null },
    });
  });

  it('beyond 10,000 rows are refused with a hint to use cursors', async () => {
    for (const [page, limit, last_page] of [
      [201, 50, 200],
      [101, 100, 100],
      [10_001, 1, 10_000],
    ] as const) {
      const refused = await list({ page, limit });
      expect(problemOf(refused)).toMatchObject({ status: 400, code: 'page_too_deep' });
      expect(refused.body).toMatchObject({ last_page, detail: expect.stringContaining('cursor=') as string });
    }
    expect((await list({ page: 200, limit: 50 })).status).toBe(200);
  });

  it.each([
    { limit: 101 },
    { limit: 0 },
    { page: 0 },
    { page: '1e3' },
    { page: '-1' },
    { page: '' },
    { page: 1, cursor: '' },
    { count: 'exact' },
  ])('are refused for %j', async (parameters) =>
    expect(problemOf(await list(parameters as Record<string, string>))).toMatchObject({
      status: 400,
      code: 'invalid_parameter',
    }),
  );

  it('continue by cursor beyond 10,000 rows without losing a row', async () => {
    await t.sql(
      `INSERT INTO metrics (key, data) SELECT 'bulk-' || n, jsonb_build_object('name', 'n', 'tags', '["many"]'::jsonb)
       FROM generate_series(1, 10150) AS n`,
    );
    const tail = await follow(query({ tags: 'many', sort: 'metric_id', page: 99, limit: 100 }), 'next');
    expect(linkOf(tail[0] as TestResponse, 'next')).toContain('page=100');
    expect(linkOf(tail[1] as TestResponse, 'next')).toContain('cursor=');
    expect(tail[1]?.body.pagination).toMatchObject({ page: 100, total: 10_150, pages: 102, hasNext: true });
    const rows = await t.sql<{ key: string }>(
      `SELECT key FROM metrics WHERE key LIKE 'bulk-%' ORDER BY lower(key) OFFSET 9800`,
    );
    expect(tail.flatMap(keysOf)).toEqual(rows.map(({ key }) => key));
    await t.sql(`DELETE FROM metrics WHERE key LIKE 'bulk-%'`);
  });

  describe('by cursor', () => {
    const cursor = (parameters: Record<string, string | number> = {}) =>
      list({ tags: 'paged', cursor: '', ...parameters });

    it.each([1, 5, 22, 23, 24])('of %d lead through all rows and back', async (limit) => {
      const there = await follow(query({ tags: 'paged', sort: '-name', cursor: '', limit }), 'next');
      const rows = there.flatMap(keysOf);
      expect([...rows].sort()).toEqual(keys);
      const last = there.at(-1) as TestResponse;
      const flags = there.map(({ body }) => [body.pagination.hasPrev, body.pagination.hasNext] as [boolean, boolean]);
      expect(flags).toEqual(there.map((_, at) => [at > 0, at < there.length - 1]));
      expect(last.body.pagination.nextCursor).toBeNull();

      const first = linkOf(last, 'prev');
      const back = first === undefined ? [] : await follow(first, 'prev');
      expect([...back.toReversed().flatMap(keysOf), ...keysOf(last)]).toEqual(rows);
      expect(back.map(({ body }) => body.pagination.hasPrev as boolean)).toEqual(
        back.map((_, at) => at < back.length - 1),
      );
      for (const { body } of back) expect(body.pagination.hasNext).toBe(true);
    });

    it('count on request, on each page', async () => {
      const plain = await cursor({ limit: 5 });
      expect(Object.keys(plain.body.pagination as object).sort()).toEqual([
        'hasNext',
        'hasPrev',
        'limit',
        'nextCursor',
        'prevCursor',
      ]);
      expect(plain.headers).not.toHaveProperty('x-total-count');
      const counted = await cursor({ limit: 5, count: 'exact' });
      expect([counted.body.pagination.total, counted.headers['x-total-count']]).toEqual([23, '23']);
      expect((await t.get(linkOf(counted, 'next') ?? '')).body.pagination.total).toBe(23);
    });

    it('are bound to filters and sort, not to page size and fields', async () => {
      const token = (await cursor({ sort: 'name', limit: 5 })).body.pagination.nextCursor as string;
      const accepted = await cursor({ cursor: token, sort: 'name', limit: 7, fields: 'name' });
      expect([accepted.status, accepted.body.data.length]).toEqual([200, 7]);
      for (const other of [
        { sort: '-name' },
        {},
        { sort: 'name', q: 'x' },
        { sort: 'name', tags: 'paged,more' },
        { sort: 'name', include_deleted: 'true' },
      ])
        expect(problemOf(await cursor({ cursor: token, ...(other as Record<string, string>) })).code).toBe(
          'cursor_mismatch',
        );
      expect(problemOf(await t.get(`/api/v1/domains?cursor=${token}`)).code).toBe('cursor_mismatch');
    });

    it('accept an equivalent query', async () => {
      const token = (await cursor({ limit: 5 })).body.pagination.nextCursor as string;
      for (const same of [
        { include_subdomains: 'true' },
        { include_subdomains: 'false' },
        { include_deleted: 'false' },
        { sort: '-updated_at' },
        { tags: '"paged"' },
      ])
        expect((await cursor({ cursor: token, ...(same as Record<string, string>) })).status).toBe(200);
    });

    it('are refused after tampering', async () => {
      const token = (await cursor({ limit: 5 })).body.pagination.nextCursor as string;
      const tampered = [
        `${token}A`,
        token.slice(1),
        token.slice(0, -2),
        'x',
        `${token.slice(0, 20)}${token.charAt(20) === 'A' ? 'B' : 'A'}${token.slice(21)}`,
      ];
      for (const wrong of tampered)
        expect(problemOf(await cursor({ cursor: wrong }))).toMatchObject({
          status: 400,
          code: 'invalid_cursor',
          errors: ['cursor invalid_value'],
        });
    });

    it.each(['metric_id', '-category,name', 'category,-metric_id'])(
      'end where the following rows were deleted and lead back to all others (sort=%s)',
      async (sort) => {
        await t.post(`${metrics}/bulk`, {
          items: times(4, (at) => ({ metric_id: `end-${at}`, name: `x${at % 2}`, category: 'c', tags: ['end'] })),
        });
        const first = await list({ tags: 'end', sort, cursor: '', limit: 3 });
        const all = keysOf(await list({ tags: 'end', sort }));
        const last = all.at(-1) ?? '';
        await t.delete(`${metrics}/${last}`);
        const empty = await t.get(linkOf(first, 'next') ?? '');
        expect(empty.body).toMatchObject({ data: [], pagination: { hasNext: false, nextCursor: null } });
        expect(keysOf(await t.get(linkOf(empty, 'prev') ?? ''))).toEqual(all.slice(0, 3));
        await t.post(`${metrics}/${last}/restore`);
      },
    );
  });
});
