import type { Violation } from '../validation/violation';
import { readPaging } from './paging';

const paging = (query: Record<string, string>) => {
  const violations: Violation[] = [];
  const result = readPaging(query, violations);
  return violations.length > 0 ? violations.map(({ parameter }) => parameter) : result;
};

describe('readPaging', () => {
  it.each([
    [{}, { mode: 'page', page: 1, limit: 50 }],
    [
      { page: '2', limit: '100' },
      { mode: 'page', page: 2, limit: 100 },
    ],
    [{ page: '200' }, { mode: 'page', page: 200, limit: 50 }],
    [{ cursor: '' }, { mode: 'cursor', token: '', limit: 50, count: false }],
    [
      { cursor: 'T', limit: '7', count: 'exact' },
      { mode: 'cursor', token: 'T', limit: 7, count: true },
    ],
    [{ page: '01' }, ['page']],
    [{ page: '1.0' }, ['page']],
    [{ page: ' 1' }, ['page']],
    [{ page: '9'.repeat(30) }, ['page']],
    [{ limit: '-1', page: 'x' }, ['limit', 'page']],
  ])('parses %j as %j', (query, expected) => expect(paging(query)).toEqual(expected));

  it.each([
    ['201', '50', 200],
    ['101', '100', 100],
    ['334', '30', 333],
    ['10001', '1', 10_000],
  ])('refuses page %s of size %s; the last is %d', (page, limit, last) => {
    expect(() => paging({ page, limit })).toThrow(
      expect.objectContaining({ code: 'page_too_deep', members: { last_page: last } }) as Error,
    );
  });
});
