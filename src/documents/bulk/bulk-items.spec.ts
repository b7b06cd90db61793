import { parseNdjson } from '../../body/ndjson-body';
import { ScanBudget } from '../../body/scan-budget';
import { Problem } from '../../problems/problem';
import { readBulkItems } from './bulk-items';

const problemOf = (body: unknown): unknown => {
  try {
    return readBulkItems(body);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [error.code, ...error.errors.map(({ pointer, code }) => `${pointer} ${code}`)];
  }
};

it('items of JSON have a position', () => {
  expect(readBulkItems({ items: [{ a: 1 }, 'x'] })).toEqual([
    { item: 0, value: { a: 1 } },
    { item: 1, value: 'x' },
  ]);
});

it.each([
  ['no body', undefined, ['malformed_json']],
  ['an array', [], ['invalid_document', '/items required']],
  ['no items', { items: [] }, ['invalid_document', '/items too_short']],
  ['another member', { items: [{}], mode: 'x' }, ['unknown_field', '/mode unknown_field']],
  ['too many items', { items: Array.from({ length: 1001 }, () => ({})) }, ['invalid_document', '/items too_long']],
])('%s is refused', (_, body, expected) => expect(problemOf(body)).toEqual(expected));

describe('NDJSON', () => {
  const lines = (...values: unknown[]) => {
    const text = values.map((value) => JSON.stringify(value)).join('\n');
    return parseNdjson(Buffer.from(text), { maxItems: 1000, budget: new ScanBudget(), maxLine: 100 });
  };

  it('has lines and positions, without the count of an export', () => {
    expect(readBulkItems(lines({ a: 1 }, { count: 1 }))).toMatchObject([{ item: 0, line: 1, value: { a: 1 } }]);
    expect(readBulkItems(lines({ count: 0 }))).toEqual([]);
  });

  it('with a wrong count is refused', () => {
    expect(problemOf(lines({ a: 1 }, { count: 2 }))).toEqual(['invalid_document', '/count truncated']);
  });
});
