import { metricDefinition } from '../../metrics/metric.definition';
import { listQuery } from '../query/list-query';
import { exportStatement, listStatement, neighbours } from './list-statement';

const statement = (query: Record<string, string>, position?: Parameters<typeof listStatement>[3]) =>
  listStatement(metricDefinition, listQuery(metricDefinition).parse(query), 'document.key', position);
const withoutSpaces = (sql: string) => sql.replace(/\s+/g, ' ');

describe('a page', () => {
  it('is sorted by newest change and a unique key by default', () => {
    const { page, count, sort } = statement({});
    expect(page.sql).toContain('ORDER BY updated_at DESC, id DESC LIMIT 50 OFFSET 0');
    expect(page.sql).toContain('WHERE deleted_at IS NULL');
    expect(count?.sql).toBe('SELECT count(*)::int AS total FROM metrics AS document WHERE deleted_at IS NULL');
    expect(sort).toEqual(['updated_at', 'sort_1']);
  });

  it('binds values and never inlines them', () => {
    const { page, count } = statement({ owner: `x'; DROP TABLE metrics --`, page: '3', limit: '10' });
    expect(page.sql).toContain('= $1');
    expect(page.sql).toContain('LIMIT 10 OFFSET 20');
    expect(page.sql).not.toMatch(/drop/i);
    expect(page.parameters).toEqual([`x'; drop table metrics --`]);
    expect(count?.parameters).toEqual(page.parameters);
  });

  it('needs no primary key after a sort by document key', () => {
    expect(statement({ sort: 'metric_id' }).page.sql).toContain('ORDER BY lower(key) ASC LIMIT');
  });
});

describe('a cursor', () => {
  it('reads one more row and counts only on request', () => {
    const { page, count } = statement({ cursor: '', limit: '10' });
    expect(page.sql).toContain('LIMIT 11 OFFSET 0');
    expect(count).toBeUndefined();
    expect(statement({ cursor: '', count: 'exact' }).count).toBeDefined();
  });

  it('compares rows when all terms have one direction', () => {
    const position = { direction: 'next', values: ['2026-01-01', '7'] } as const;
    const { page } = statement({ cursor: 'x' }, { ...position, values: [...position.values] });
    expect(page.sql).toContain('(updated_at, id) < ($1::timestamptz, $2::bigint)');
    expect(page.parameters).toEqual(['2026-01-01', '7']);
  });

  it('reverses the order for a previous page', () => {
    const { page } = statement({ cursor: 'x' }, { direction: 'prev', values: ['2026-01-01', '7'] });
    expect(page.sql).toContain('(updated_at, id) > ($1::timestamptz, $2::bigint)');
    expect(page.sql).toContain('ORDER BY updated_at ASC, id ASC');
  });

  it('includes its own row on request', () => {
    const { page } = statement({ cursor: 'x' }, { direction: 'next', values: ['a', '7'], inclusive: true });
    expect(page.sql).toContain('(updated_at, id) <= (');
  });

  it('uses alternatives for mixed directions, with a bound on the first term', () => {
    const { page } = statement(
      { cursor: 'x', sort: '-updated_at,metric_id' },
      { direction: 'next', values: ['2026-01-01', 'a'] },
    );
    expect(withoutSpaces(page.sql)).toContain(
      '(updated_at <= $1::timestamptz AND ((updated_at < $1::timestamptz) OR ' +
        '(updated_at = $1::timestamptz AND lower(key) > $2::text)))',
    );
  });
});

it('an export has all matching rows ordered by key', () => {
  const query = listQuery(metricDefinition).parse({ tags: 'a' });
  const { sql, parameters } = exportStatement(metricDefinition, query, 'document.key');
  expect(sql).toBe(
    "SELECT document.key FROM metrics AS document WHERE (data -> 'tags') ?| $1::text[] AND deleted_at IS NULL " +
      'ORDER BY lower(key)',
  );
  expect(parameters).toEqual([['a']]);
});

it.each([
  [11, undefined, { hasNext: true, hasPrev: false }],
  [10, undefined, { hasNext: false, hasPrev: false }],
  [10, 'next', { hasNext: false, hasPrev: true }],
  [11, 'prev', { hasNext: true, hasPrev: true }],
  [3, 'prev', { hasNext: true, hasPrev: false }],
] as const)('%d rows in direction %s have the neighbours %j', (found, direction, expected) => {
  const paging = { mode: 'cursor', token: '', limit: 10, count: false } as const;
  expect(neighbours(found, paging, direction && { direction, values: [] })).toEqual(expected);
});
