import { domainDefinition } from '../../domains/domain.definition';
import { DocumentSerializer } from './document-serializer';

const serializer = new DocumentSerializer(domainDefinition, { metric_count: '(SELECT 1)' });
const row = {
  key: 'revenue',
  status: 'active',
  version: '3',
  created_at: '2026-11-02 09:30:00+00',
  updated_at: '2026-11-14 16:05:12.48+00',
  deleted_at: null,
  unresolved_refs: null,
  metric_count: '2',
  data: '{"name": "Revenue", "tags": ["finance"]}',
};

describe('the JSON of a row', () => {
  it('joins columns, counts and stored members', () => {
    expect(JSON.parse(serializer.json(row))).toEqual({
      domain_id: 'revenue',
      status: 'active',
      version: 3,
      created_at: '2026-11-02T09:30:00.000Z',
      updated_at: '2026-11-14T16:05:12.480Z',
      metric_count: 2,
      name: 'Revenue',
      tags: ['finance'],
    });
  });

  it('contains deleted_at and unresolved_refs if they are set', () => {
    const deleted = { ...row, deleted_at: '2026-12-01 00:00:00.001+00', unresolved_refs: '["domains/x"]' };
    expect(JSON.parse(serializer.json(deleted))).toMatchObject({
      deleted_at: '2026-12-01T00:00:00.001Z',
      unresolved_refs: ['domains/x'],
    });
  });

  it('contains key, version and the selected members only', () => {
    const selected = { ...row, data: ', "name": "Revenue"' };
    expect(JSON.parse(serializer.json(selected, ['name', 'metric_count']))).toEqual({
      domain_id: 'revenue',
      version: 3,
      metric_count: 2,
      name: 'Revenue',
    });
    expect(serializer.json({ ...row, data: null }, ['version'])).toBe('{"domain_id": "revenue", "version": 3}');
  });
});

describe('the select list', () => {
  it('selects the complete document by default', () => {
    expect(serializer.columns()).toContain('document.data::text AS data');
    expect(serializer.columns()).toContain('(SELECT 1)::text AS metric_count');
  });

  it('selects only stored members and counts that are requested', () => {
    const columns = serializer.columns(['name', 'status', 'updated_at']);
    expect(columns).toContain(`concat(', "name": ' || (document.data -> 'name')::text) AS data`);
    expect(columns).not.toContain('metric_count');
  });

  it('nests concat beyond the maximum number of arguments', () => {
    const members = Array.from({ length: 101 }, (_, index) => `member_${index}`);
    expect(serializer.columns(members)).toMatch(/concat\(concat\(.*\), ', "member_100": '/);
  });
});

it('the computed text changes with counts and unresolved references', () => {
  expect(serializer.computedText(row)).toBe('2');
  expect(serializer.computedText({ ...row, unresolved_refs: '["a"]' })).toBe('["a"] 2');
  expect(serializer.countsText({ ...row, unresolved_refs: '["a"]' })).toBe('2');
});
