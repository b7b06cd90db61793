import { parseQuery } from './query-parameters';

const violationsOf = (query: Record<string, unknown>, known: string[]) => {
  try {
    return parseQuery(query, known, (parameters) => parameters);
  } catch (error) {
    const { errors } = error as { errors: { parameter: string; code: string }[] };
    return errors.map(({ parameter, code }) => [parameter, code]);
  }
};

describe('parseQuery', () => {
  it('returns the known parameters', () => {
    expect(violationsOf({ a: '1' }, ['a', 'b'])).toEqual({ a: '1' });
  });

  it('reports every unknown, repeated and malformed parameter', () => {
    const query = { a: '1', b: ['1', '2'], c: 'x\0', ['z'.repeat(300)]: '1' };
    expect(violationsOf(query, ['a', 'b', 'c'])).toEqual([
      ['b', 'repeated_parameter'],
      ['c', 'invalid_character'],
      ['z'.repeat(100), 'unknown_parameter'],
    ]);
  });
});
