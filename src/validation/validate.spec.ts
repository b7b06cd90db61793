import 'reflect-metadata';
import { MetricDto } from '../metrics/dto/metric.dto';
import { ObjectiveDto } from '../objectives/dto/objective.dto';
import { validate } from './validate';

const violations = (input: unknown) =>
  validate(MetricDto, input).violations.map(({ pointer, code }) => [pointer, code]);
const named = (changes: object) => ({ name: 'A metric', ...changes });

describe('validate', () => {
  it.each([
    ['null', null, [['', 'invalid_type']]],
    ['an array', [], [['', 'invalid_type']]],
    ['a string', 'x', [['', 'invalid_type']]],
    ['an empty object', {}, [['/name', 'required']]],
    ['a blank name', { name: ' \t' }, [['/name', 'blank']]],
    ['an empty name', { name: '' }, [['/name', 'blank']]],
    ['a name with ESC', { name: 'a\u001b[31mb' }, [['/name', 'invalid_character']]],
    ['a name with DEL', { name: 'a\u007f' }, [['/name', 'invalid_character']]],
    ['a name with a C1 control', { name: 'a\u009b31m' }, [['/name', 'invalid_character']]],
    ['a name of two lines', { name: 'a\r\nb' }, [['/name', 'invalid_character']]],
    ['a name with a line separator', { name: 'a\u2028b' }, [['/name', 'invalid_character']]],
    ['a name with a bidirectional override', { name: 'a\u202eb' }, [['/name', 'invalid_character']]],
    ['a synonym with an isolate', named({ synonyms: ['a\u2066b'] }), [['/synonyms/0', 'invalid_character']]],
    ['a description with ESC', named({ description: 'a\n\u001bb' }), [['/description', 'invalid_character']]],
    [
      'an expression with an override',
      named({ formula: { expression: 'a\u202e' } }),
      [['/formula/expression', 'invalid_character']],
    ],
    ['31 marks in a row', { name: `a${'\u0301'.repeat(31)}` }, [['/name', 'invalid_character']]],
    ['a long name', { name: 'x'.repeat(501) }, [['/name', 'too_long']]],
    ['an unknown field', named({ colour: 1 }), [['/colour', 'unknown_field']]],
    ['an unknown nested field', named({ formula: { expr: 'x' } }), [['/formula/expr', 'unknown_field']]],
    ['a field whose pointer needs escaping', named({ 'a/b': 1 }), [['/a~1b', 'unknown_field']]],
    ['a wrong type', named({ owner: 7 }), [['/owner', 'invalid_type']]],
    ['null for a field', named({ owner: null }), [['/owner', 'invalid_type']]],
    ['a string instead of a list', named({ tags: 'a' }), [['/tags', 'invalid_type']]],
    ['a tag with a blank', named({ tags: ['a b'] }), [['/tags/0', 'invalid_format']]],
    ['a duplicate tag in any case', named({ tags: ['a', 'A'] }), [['/tags', 'not_unique']]],
    ['a duplicate word in any case', named({ grain: ['month', 'Month'] }), [['/grain', 'not_unique']]],
    ['51 tags', named({ tags: Array.from({ length: 51 }, (_, at) => `t${at}`) }), [['/tags', 'too_long']]],
    ['a key with a blank', named({ metric_id: 'a b' }), [['/metric_id', 'invalid_format']]],
    ['a reserved key', named({ metric_id: 'bulk' }), [['/metric_id', 'reserved']]],
    ['a key of 129', named({ metric_id: 'k'.repeat(129) }), [['/metric_id', 'invalid_format']]],
    ['an unknown word', named({ kind: 'sum' }), [['/kind', 'invalid_value']]],
    [
      'a script as a link',
      named({ links: [{ kind: 'doc', url: 'javascript:alert(1)' }] }),
      [['/links/0/url', 'invalid_format']],
    ],
    ['an invalid e-mail address', named({ contacts: { email: 'ada' } }), [['/contacts/email', 'invalid_format']]],
    ['too much extra', named({ extra: { x: 'y'.repeat(32_768) } }), [['/extra', 'too_long']]],
    [
      'two violations',
      { name: 1, unit: '' },
      [
        ['/name', 'invalid_type'],
        ['/unit', 'blank'],
      ],
    ],
  ])('reports %s', (_, input, expected) => expect(violations(input)).toEqual(expected));

  it('accepts lines and tabs in a description, marks of right-to-left languages and joined emoji in a name', () => {
    expect(violations({ name: '\u200fמדד\u200e 👩‍👩‍👧', description: 'a\r\n\tb' })).toEqual([]);
  });

  it('normalizes texts to NFC, at any depth', () => {
    const nfd = 'Zoe\u0308';
    const { value } = validate(MetricDto, { name: nfd, synonyms: [nfd], contacts: { business: nfd } });
    expect(value).toEqual({ name: 'Zoë', synonyms: ['Zoë'], contacts: { business: 'Zoë' } });
  });

  it('counts the length of the normalized text', () => {
    expect(violations({ name: 'e\u0308'.repeat(500) })).toEqual([]);
    // U+0958 has a form of two characters only.
    expect(violations({ name: '\u0958'.repeat(251) })).toEqual([['/name', 'too_long']]);
  });

  const unknown = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}`, 1]));

  it('reports at most one violation more than a response lists', () => {
    expect(violations(named(unknown(150)))).toHaveLength(101);
  });

  it('reports the first violation of an input with many values, and says so', () => {
    const { violations: found } = validate(MetricDto, named(unknown(2001)));
    expect(found).toMatchObject([{ pointer: '/m0', code: 'unknown_field' }]);
    expect(found[0]?.detail).toContain('Further violations are not listed');
  });

  it('counts characters, not code units', () => {
    expect(violations({ name: '😀'.repeat(500) })).toEqual([]);
  });

  it('lower-cases the words of vocabularies at any depth', () => {
    const words = { tier: 'Tier-1', status: 'ACTIVE', kind: 'Ratio', category: 'Finance', tags: ['A', 'B'] };
    const nested = { grain: ['Month'], governance: { classification: 'Public' }, formula: { language: 'SQL' } };
    expect(validate(MetricDto, named({ ...words, ...nested }))).toEqual({
      value: named({
        ...{ tier: 'tier-1', status: 'active', kind: 'ratio', category: 'finance', tags: ['a', 'b'] },
        ...{ grain: ['month'], governance: { classification: 'public' }, formula: { language: 'sql' } },
      }),
      violations: [],
    });
  });

  it('removes read-only members', () => {
    const { value, violations: none } = validate(MetricDto, named({ version: 7, created_at: 'x', updated_at: 1 }));
    expect([value, none]).toEqual([{ name: 'A metric' }, []]);
  });

  it('removes computed members of key results', () => {
    const key_results = [{ kr_id: 'KR', name: 'R', progress: 0.5, progress_status: 'on_track' }];
    const { violations: none } = validate(ObjectiveDto, { name: 'O', key_results, progress: 0.5 });
    expect(none).toEqual([]);
  });

  it('does not modify the input', () => {
    const input = named({ version: 3, tier: 'tier-2' });
    validate(MetricDto, input);
    expect(input).toEqual({ name: 'A metric', version: 3, tier: 'tier-2' });
  });

  it('quotes at most 100 characters of the input', () => {
    const [violation] = validate(MetricDto, named({ kind: 'z'.repeat(5000) })).violations;
    expect(violation?.detail.length).toBeLessThan(250);
  });
});
