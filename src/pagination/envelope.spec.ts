import { envelope, type FoundRows } from './envelope';
import type { Paging } from './paging';

const found = (changes: Partial<FoundRows> = {}): FoundRows => ({
  rows: ['{"a":1}'],
  total: 101,
  hasNext: true,
  hasPrev: false,
  nextCursor: 'NEXT',
  prevCursor: 'PREV',
  ...changes,
});
const page = (number: number, limit = 50): Paging => ({ mode: 'page', page: number, limit });
const linksOf = (given: FoundRows, paging: Paging, url = '/m'): Record<string, string> =>
  Object.fromEntries(
    [...(envelope(given, paging, url).headers.link ?? '').matchAll(/<([^>]*)>; rel="(\w+)"/g)].map(
      ([, to, relation]) => [relation, to],
    ),
  ) as Record<string, string>;

describe('links in page mode', () => {
  it('are first, prev, next and last in the middle', () => {
    expect(linksOf(found(), page(2))).toEqual({
      first: '/m?page=1&limit=50',
      prev: '/m?page=1&limit=50',
      next: '/m?page=3&limit=50',
      last: '/m?page=3&limit=50',
    });
  });

  it('leave out prev on the first page and next on the last', () => {
    expect(Object.keys(linksOf(found(), page(1)))).toEqual(['first', 'next', 'last']);
    expect(Object.keys(linksOf(found(), page(3)))).toEqual(['first', 'prev', 'last']);
    expect(linksOf(found({ total: 0 }), page(1))).toEqual({ first: '/m?page=1&limit=50', last: '/m?page=1&limit=50' });
  });

  it('point to the last page from beyond it', () => {
    expect(linksOf(found(), page(9))).toMatchObject({ prev: '/m?page=3&limit=50', last: '/m?page=3&limit=50' });
  });

  it('continue with a cursor beyond the last reachable page, and have no last there', () => {
    const links = linksOf(found({ total: 25_000 }), page(100, 100));
    expect(links.next).toBe('/m?cursor=NEXT&limit=100');
    expect(links).not.toHaveProperty('last');
    expect(linksOf(found({ total: 25_000 }), page(99, 100)).next).toBe('/m?page=100&limit=100');
  });

  it('repeat every other parameter, escaped', () => {
    const url = '/m?q=what%3F&owner=R%26D&tags=a%2Cb&page=2&limit=9';
    const { searchParams } = new URL(linksOf(found(), page(2, 9), url).next ?? '', 'http://x');
    expect(Object.fromEntries(searchParams)).toEqual({ q: 'what?', owner: 'R&D', tags: 'a,b', page: '3', limit: '9' });
  });

  it('repeat a parameter after a second `?`', () => {
    expect(linksOf(found(), page(1), '/m?q=a?b&tier=tier-1').first).toBe('/m?q=a%3Fb&tier=tier-1&page=1&limit=50');
  });
});

describe('the body in page mode', () => {
  it('agrees with the headers', () => {
    const { json, headers } = envelope(found(), page(2), '/m');
    expect(JSON.parse(json)).toEqual({
      data: [{ a: 1 }],
      pagination: { page: 2, limit: 50, total: 101, pages: 3, hasNext: true, hasPrev: true, nextCursor: 'NEXT' },
    });
    expect(headers).toMatchObject({
      'x-total-count': '101',
      'x-page': '2',
      'x-per-page': '50',
      'x-total-pages': '3',
    });
  });
});

describe('a response in cursor mode', () => {
  const paging = (count = false): Paging => ({ mode: 'cursor', token: '', limit: 10, count });

  it('has a total only with count=exact', () => {
    const uncounted = envelope(found({ total: undefined }), paging(), '/m');
    expect(JSON.parse(uncounted.json)).toEqual({
      data: [{ a: 1 }],
      pagination: { limit: 10, hasNext: true, hasPrev: false, nextCursor: 'NEXT', prevCursor: null },
    });
    expect(uncounted.headers).not.toHaveProperty('x-total-count');
    const counted = envelope(found(), paging(true), '/m');
    expect(JSON.parse(counted.json)).toMatchObject({ pagination: { total: 101 } });
    expect(counted.headers['x-total-count']).toBe('101');
  });

  it('links in both directions and repeats count=exact', () => {
    expect(linksOf(found({ hasPrev: true }), paging(true), '/m?sort=name&cursor=OLD&count=exact')).toEqual({
      first: '/m?sort=name&cursor=&limit=10&count=exact',
      prev: '/m?sort=name&cursor=PREV&limit=10&count=exact',
      next: '/m?sort=name&cursor=NEXT&limit=10&count=exact',
    });
  });
});
