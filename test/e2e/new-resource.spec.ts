import { startWithTerms } from '../resources/with-terms';
import { followLinks, keysOf, linesOf } from '../support/responses';
import type { TestApp } from '../support/app';
import { times } from '../support/concurrently';

const terms = '/api/v1/terms';
const PATCH = { 'content-type': 'application/merge-patch+json' };

describe('a new resource', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await startWithTerms();
    for (const key of times(7, (index) => `term-${index}`))
      await t.post(terms, { term_id: key, name: `Name of ${key}`, owner: 'Finance', synonyms: [key, 'shared'] });
  });
  afterAll(() => t.stop());

  it('is listed with filters, sorting, search and cursors', async () => {
    const all = times(7, (index) => `term-${index}`);
    const pages = await followLinks(t, `${terms}?sort=-term_id&cursor=&limit=2`, 'next');
    expect(pages.flatMap(keysOf)).toEqual(all.toReversed());
    expect(keysOf(await t.get(`${terms}?synonyms=term-3`))).toEqual(['term-3']);
    expect((await t.get(`${terms}?owner=Finance&sort=name`)).headers['x-total-count']).toBe('7');
    expect(keysOf(await t.get(`${terms}?q="term 5"`))).toEqual(['term-5']);
    expect((await t.get(`${terms}?status=active`)).status).toBe(400);
  });

  it('is created and updated with optimistic concurrency control', async () => {
    const created = await t.post(terms, { name: 'Generated key' });
    expect([created.status, created.body.version]).toEqual([201, 1]);
    expect(created.body.term_id).toMatch(/^term-[0-9a-f-]{36}$/);
    expect(created.body).not.toHaveProperty('status');
    const url = created.headers.location ?? '';
    const match = { 'if-match': created.headers.etag ?? '' };
    expect((await t.patch(url, { owner: 'Sales' }, { ...PATCH, ...match })).body).toMatchObject({ version: 2 });
    expect((await t.patch(url, { owner: 'Late' }, { ...PATCH, ...match })).status).toBe(412);
    expect((await t.put(url, { name: 'Replaced' }, { 'if-match': '"2"' })).body).not.toHaveProperty('owner');
    expect((await t.delete(url)).status).toBe(204);
  });

  it('has revisions, and can be deleted, restored and reverted', async () => {
    const url = `${terms}/term-0`;
    await t.patch(url, { owner: 'Sales' }, PATCH);
    expect((await t.delete(url)).status).toBe(204);
    expect((await t.get(url)).status).toBe(404);
    expect((await t.post(`${url}/restore`)).status).toBe(200);
    expect((await t.post(`${url}/revert`, { version: 1 })).body).toMatchObject({ owner: 'Finance', version: 5 });
    const { body } = await t.get(`${url}/revisions`);
    expect(body.data.map(({ change }: { change: string }) => change)).toEqual([
      'reverted',
      'restored',
      'deleted',
      'updated',
      'created',
    ]);
    expect((await t.get(`${url}/revisions/2`)).body.document).toMatchObject({ term_id: 'term-0', owner: 'Sales' });
  });

  it('can be exported, imported and counted by facet', async () => {
    const exported = await t.get(`${terms}/export`);
    expect(linesOf(exported).at(-1)).toEqual({ count: 7 });
    const bulk = await t.post(`${terms}/bulk?mode=upsert`, exported.text, { 'content-type': 'application/x-ndjson' });
    expect(bulk.body.summary).toEqual({ created: 0, updated: 0, unchanged: 7, refused: 0 });
    const { body } = await t.get(`${terms}/stats`);
    expect(body).toMatchObject({ total: 7, by_owner: [{ value: 'Finance', count: 7 }] });
    expect(body.by_synonyms[0]).toEqual({ value: 'shared', count: 7 });
  });

  it('is cached until a write', async () => {
    const urls = [terms, `${terms}/term-1`, `${terms}/stats`, `${terms}/term-1/revisions`];
    const states = async () => {
      const found: (string | undefined)[] = [];
      for (const url of urls) found.push((await t.get(url)).headers['x-cache']);
      return found;
    };
    await states();
    expect(await states()).toEqual(urls.map(() => 'HIT'));
    await t.patch(`${terms}/term-1`, { owner: 'Other' }, PATCH);
    expect(await states()).not.toContain('HIT');
    expect((await t.get(`${terms}/term-1`)).body.owner).toBe('Other');
  });
});
