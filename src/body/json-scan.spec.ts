import fc from 'fast-check';
import { scanJson } from './json-scan';
import { ScanBudget } from './scan-budget';

const times = (code: string, count: number) => Array.from({ length: count }, (_, at) => [`/${at}`, code]);
const found = (text: string) => scanJson(text).map(({ pointer, code }) => [pointer, code]);

describe('scanJson', () => {
  it.each([
    ['a duplicate member', '{"a":1,"a":2}', [['/a', 'duplicate_key']]],
    ['a duplicate member with an escape', '{"a":1,"\\u0061":2}', [['/a', 'duplicate_key']]],
    ['the same name in different objects', '{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}]}', []],
    ['a nested duplicate member', '{"a":[0,{"b":{"c":1,"c":2}}]}', [['/a/1/b/c', 'duplicate_key']]],
    ['__proto__', '{"a":{"__proto__":{}}}', [['/a/__proto__', 'forbidden_key']]],
    ['__proto__ with an escape', '{"__pr\\u006fto__":1}', [['/__proto__', 'forbidden_key']]],
    [
      'constructor',
      '{"constructor":{"prototype":1}}',
      [
        ['/constructor', 'forbidden_key'],
        ['/constructor/prototype', 'forbidden_key'],
      ],
    ],
    ['a forbidden name as a value', '{"a":"__proto__"}', []],
    ['NUL', '{"a":"x\\u0000y"}', [['/a', 'invalid_character']]],
    ['NUL in a name', '{"a\\u0000":1}', [['/a\0', 'invalid_character']]],
    ['a lone high surrogate', '["\\ud83d"]', [['/0', 'invalid_character']]],
    ['a lone low surrogate', '["x","\\ude00"]', [['/1', 'invalid_character']]],
    ['a pair of surrogates', '["\\ud83d\\ude00","😀"]', []],
    ['a number beyond doubles', '{"n":1e400}', [['/n', 'number_out_of_range']]],
    ['an integer beyond 2^53', '[9007199254740993]', [['/0', 'number_out_of_range']]],
    [
      'an integer beyond 2^53 in another spelling',
      '[9007199254740993.0,1e20,-1E20,1e308]',
      times('number_out_of_range', 4),
    ],
    ['a number closer to 0 than 1e-30', '[1e-31,-9.9e-31,1e-400,0.001e-398]', times('number_out_of_range', 4)],
    [
      'a number that a double rounds',
      '[1234567890.123456789012345678901,0.1234567890123456789]',
      times('number_out_of_range', 2),
    ],
    ['the 17 digits that some encoders print for every double', '[12345678901234567e-3,0.30000000000000001]', []],
    ['a number of 101 characters', `[1.${'0'.repeat(99)}]`, times('number_out_of_range', 1)],
    [
      'numbers with more zeros than digits',
      '[1.00000000000000000000,100000.00000000000000e-5,0.10000000000000000000]',
      [],
    ],
    ['the longest exact numbers', `[0.30000000000000004,${Math.PI * 1e-10},-4503599627370495.5]`, []],
    ['numbers that are not valid JSON', '[1-2,1e,--1,01.e]', []],
    ['exact numbers', '[9007199254740991,-9007199254740991,9e15,0.1,1e-30,-0,0e99,0.0]', []],
    ['a number in the notation of PostgreSQL', '[0.0000000000000000000000000000012345678901234567]', []],
    ['a name that needs escaping in a pointer', '{"a/b~c":{"x":1,"x":1}}', [['/a~1b~0c/x', 'duplicate_key']]],
    ['braces, commas and numbers in strings', '{"a":"{\\"a\\":1,\\"a\\":2} 1e400 [[[","b":["\\\\",","]}', []],
    ['a bare value', '"text"', []],
  ])('%s', (_, text, expected) => expect(found(text)).toEqual(expected));

  it('accepts 32 levels of nesting, not 33', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(found(nested(32))).toEqual([]);
    expect(scanJson(nested(33)).map(({ code }) => code)).toEqual(['too_deep']);
    expect(scanJson('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000))).toHaveLength(1);
  });

  it('reports at most 100 violations', () => {
    expect(scanJson(`[${Array(500).fill('1e999').join()}]`)).toHaveLength(100);
  });

  it('stops when the budget is spent, by what costs time: commas, objects and arrays', () => {
    const budget = new ScanBudget(3);
    expect(scanJson('[1,"a,b"]', budget)).toEqual([]);
    expect(() => scanJson('{"a":[]}', budget)).toThrow('at most 3 members and list elements');
  });

  const members = (count: number) => `{${Array.from({ length: count }, (_, at) => `"m${at}":0`).join()}}`;

  it.each([
    ['members of large objects', members(130), 134],
    ['names with escapes', '{"\\u0061":0,"b":0}', 4],
    ['texts with escaped surrogates', '["\\ud83d\\ude00",0]', 4],
    ['other texts with escapes', '["\\n\\u0301",0]', 2],
  ])('counts %s by what they cost', (_, text, cost) => {
    expect(scanJson(text, new ScanBudget(cost))).toEqual([]);
    expect(() => scanJson(text, new ScanBudget(cost - 1))).toThrow(`at most ${cost - 1} members and list elements`);
  });

  it('counts the different names of members, over several texts', () => {
    const budget = new ScanBudget(Infinity, 3);
    expect(scanJson('[{"a":{"b":0}},{"b":0,"c":0}]', budget)).toEqual([]);
    expect(scanJson('{"c":{"a":0}}', budget)).toEqual([]);
    expect(() => scanJson('{"d":0}', budget)).toThrow('at most 3 different names of members');
  });

  it.each(['1 1', '"a" "a"', '[] []', '{"a" "b" "c"}', '{"a":1 1}'])(
    'stops at a value without a comma before it: %s',
    (text) => expect(() => scanJson(text)).toThrow(SyntaxError),
  );

  it('ends at the end of a text that is cut', () => {
    const text = '{"a\\"":["b\\\\",{"c":-1.5e3,"d":"\\ud83d\\ude00"}]}';
    for (let length = 0; length < text.length; length++) {
      try {
        expect(scanJson(text.slice(0, length)).filter(({ code }) => code !== 'invalid_character')).toEqual([]);
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError);
      }
    }
  });

  it('finds nothing in the output of JSON.stringify', () => {
    const clean = fc
      .json({ maxDepth: 6 })
      .filter((text) => !/__proto__|constructor|prototype|\\u0000|\\ud/i.test(text));
    const isExactNumber = (text: string) => !/\d{16}|e[+-]/.test(text);
    fc.assert(
      fc.property(clean.filter(isExactNumber), (text) => expect(scanJson(text)).toEqual([])),
      { seed: 20_261_121, numRuns: 300 },
    );
  });
});
