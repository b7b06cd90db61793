import { metricDefinition } from '../../metrics/metric.definition';
import { listQuery, sortableFields, withFilter } from './list-query';

const read = (query: Record<string, unknown>) => listQuery(metricDefinition).parse(query);
const refusals = (query: Record<string, unknown>): [string | undefined, string][] => {
  try {
    read(query);
    return [];
  } catch (error) {
    return (error as { errors: { parameter?: string; code: string }[] }).errors.map(({ parameter, code }) => [
      parameter,
      code,
    ]);
  }
};

describe('the scope of a list', () => {
  it.each([
    ['order of parameters', { tier: 'tier-1', category: 'strategic' }, { category: 'strategic', tier: 'tier-1' }],
    ['order of values', { tier: 'tier-2,tier-1' }, { tier: 'tier-1,tier-2' }],
    ['repeated values', { tags: 'a,a,b' }, { tags: 'b,a' }],
    ['a default spelled out', { sort: '-updated_at' }, {}],
    ['the default of include_deleted', { include_deleted: 'false' }, {}],
    ['a false include_subdomains', { business_domain: 'a', include_subdomains: 'false' }, { business_domain: 'a' }],
    ['include_subdomains without a domain', { include_subdomains: 'true' }, {}],
    ['the case of keys', { metric_id: 'B,a,A' }, { metric_id: 'a,b' }],
    ['the case of a key prefix', { metric_id_prefix: 'REV' }, { metric_id_prefix: 'rev' }],
    ['the case of a vocabulary', { tier: 'Tier-1', grain: 'MONTH' }, { tier: 'tier-1', grain: 'month' }],
    ['the case of an owner', { owner: 'Ops' }, { owner: 'OPS' }],
    ['the order of values of members', { 'extra.a.b': 'y,x' }, { 'extra.a.b': 'x,y' }],
    ['the case of words', { category: 'Finance', tags: 'A' }, { category: 'finance', tags: 'a' }],
    ['unnecessary quotes', { owner: '"Ops",Smith' }, { owner: 'Smith,Ops' }],
    ['another page or fields', { page: '3', limit: '10', fields: 'name' }, {}],
  ])('does not depend on %s', (_, one, other) => expect(read(one).scope).toBe(read(other).scope));

  it.each([
    [{ tier: 'tier-1' }, { category: 'tier-1' }],
    [{ sort: 'name' }, { sort: '-name' }],
    [{ sort: 'name,tier' }, { sort: 'tier,name' }],
    [{ q: 'a' }, { q: 'b' }],
    [{ 'extra.a.b': 'x' }, { 'extra.a': 'x' }],
    [{ 'extra.a.b': 'x' }, { 'extra.a.B': 'x' }],
    [{ include_deleted: 'true' }, {}],
    [{ tags: 'a,b' }, { tags_all: 'a,b' }],
    [{ business_domain: 'a', include_subdomains: 'true' }, { business_domain: 'a' }],
    [{ unresolved: 'false' }, {}],
    [{ owner: '"Smith, John"' }, { owner: 'Smith, John' }],
  ])('distinguishes %j and %j', (one, other) => expect(read(one).scope).not.toBe(read(other).scope));

  it('includes the filter of the path', () => {
    const within = (key: string) => withFilter(read({}), { parameter: 'business_domain', values: [key] }).scope;
    expect(within('a')).not.toBe(within('b'));
    expect(within('a')).not.toBe(read({}).scope);
    const below = listQuery(metricDefinition, 'business_domain').parse({ include_subdomains: 'true' });
    expect(below.scope).not.toBe(read({}).scope);
  });
});

describe('a list query', () => {
  it.each([
    ['a,b', ['a', 'b']],
    ['"Smith, John",Ops', ['ops', 'smith, john']],
    ['"say ""hi"", Bob"', ['say "hi", bob']],
    ['5" pipe', ['5" pipe']],
  ])('parses %s as %j', (owner, values) => expect(read({ owner }).filters).toEqual([{ parameter: 'owner', values }]));

  it('sorts by newest change by default, and by relevance with a search', () => {
    expect(read({}).sort).toEqual([{ field: 'updated_at', descending: true }]);
    expect(read({ q: 'revenue' }).sort).toEqual([{ field: 'relevance', descending: true }]);
    expect(read({ q: 'revenue', sort: 'name,-tier' }).sort).toEqual([
      { field: 'name', descending: false },
      { field: 'tier', descending: true },
    ]);
  });

  it('can be sorted by the sortable fields', () => {
    expect(sortableFields(metricDefinition).sort()).toEqual([
      'business_domain',
      'category',
      'created_at',
      'metric_id',
      'name',
      'owner',
      'tier',
      'updated_at',
    ]);
  });

  it.each([
    [{ colour: 'red' }, [['colour', 'unknown_parameter']]],
    [{ page: ['1', '2'] }, [['page', 'repeated_parameter']]],
    [{ page: '1e3' }, [['page', 'invalid_value']]],
    [{ page: '+1' }, [['page', 'invalid_value']]],
    [{ page: '0' }, [['page', 'invalid_value']]],
    [{ limit: '101' }, [['limit', 'invalid_value']]],
    [{ limit: '' }, [['limit', 'invalid_value']]],
    [{ page: '1', cursor: '' }, [['page', 'invalid_value']]],
    [{ count: 'exact' }, [['count', 'invalid_value']]],
    [{ cursor: '', count: 'roughly' }, [['count', 'invalid_value']]],
    [{ tier: 'tier-4' }, [['tier', 'invalid_value']]],
    [{ status: 'active,gone' }, [['status', 'invalid_value']]],
    [{ owner: ' ' }, [['owner', 'invalid_value']]],
    [{ owner: 'a,,b' }, [['owner', 'invalid_value']]],
    [{ owner: '""' }, [['owner', 'invalid_value']]],
    [{ owner: '"Smith, John' }, [['owner', 'invalid_value']]],
    [{ owner: '"Smith" John' }, [['owner', 'invalid_value']]],
    [{ metric_id: '\u212A' }, [['metric_id', 'invalid_value']]],
    [{ sort: 'id' }, [['sort', 'invalid_value']]],
    [{ sort: 'name;drop table metrics' }, [['sort', 'invalid_value']]],
    [{ sort: 'name,-name' }, [['sort', 'invalid_value']]],
    [{ sort: 'name,tier,owner,category' }, [['sort', 'invalid_value']]],
    [{ sort: 'relevance' }, [['sort', 'invalid_value']]],
    [{ fields: 'name,secret' }, [['fields', 'invalid_value']]],
    [{ missing: 'name' }, [['missing', 'invalid_value']]],
    [{ unresolved: 'yes' }, [['unresolved', 'invalid_value']]],
    [{ include_deleted: '1' }, [['include_deleted', 'invalid_value']]],
    [{ updated_after: 'yesterday' }, [['updated_after', 'invalid_value']]],
    [{ updated_after: '2026-02-30' }, [['updated_after', 'invalid_value']]],
    [{ updated_after: '2026-11-01T00:00:00+23:59' }, [['updated_after', 'invalid_value']]],
    [{ q: 'x'.repeat(201) }, [['q', 'invalid_value']]],
    [{ q: 'a\0b' }, [['q', 'invalid_character']]],
    [
      { page: '1e3', limit: '0', sort: 'x' },
      [
        ['sort', 'invalid_value'],
        ['limit', 'invalid_value'],
        ['page', 'invalid_value'],
      ],
    ],
    [{ metric_id: 'no key!' }, [['metric_id', 'invalid_value']]],
  ])('%j is refused', (query, expected) => expect(refusals(query)).toEqual(expected));

  it('counts characters, not code units', () => {
    expect(refusals({ q: '😀'.repeat(200) })).toEqual([]);
  });
});
