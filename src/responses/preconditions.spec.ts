import { matchesNone, preconditionsOf } from './preconditions';

describe('the preconditions of a write', () => {
  it.each([
    ['none', {}, {}],
    ['a version', { 'if-match': '"3"' }, { ifMatch: [3] }],
    ['a version with a digest of computed values', { 'if-match': '"3-9af01c"' }, { ifMatch: [3] }],
    ['several', { 'if-match': '"3", "5"' }, { ifMatch: [3, 5] }],
    ['any version', { 'if-match': '*' }, { ifMatch: '*' }],
    ['a weak tag never matches', { 'if-match': 'W/"3"' }, { ifMatch: [] }],
    ['a tag of another service never matches', { 'if-match': '"abc"' }, { ifMatch: [] }],
    ['no version is as large', { 'if-match': '"99999999999"' }, { ifMatch: [] }],
    ['tags that hold commas', { 'if-match': '"1", "a,b","3"' }, { ifMatch: [1, 3] }],
    ['empty elements', { 'if-match': ',"3",\t, ,"5",' }, { ifMatch: [3, 5] }],
    ['absence', { 'if-none-match': '*' }, { ifAbsent: true }],
  ])('%s', (_, headers, expected) => expect(preconditionsOf(headers)).toEqual(expected));

  it.each([
    [{ 'if-match': '3' }],
    [{ 'if-match': '' }],
    [{ 'if-match': '"3' }],
    [{ 'if-match': ' , ,' }],
    [{ 'if-match': '"3" "5"' }],
    [{ 'if-match': '"a b"' }],
    [{ 'if-match': '*, "3"' }],
    [{ 'if-none-match': '"3"' }],
  ])('%j is refused', (headers) => {
    expect(() => preconditionsOf(headers)).toThrow(
      expect.objectContaining({ status: 400, code: 'invalid_header' }) as Error,
    );
  });

  it.each([
    ['tags', '"1",'.repeat(200_000)],
    ['empty elements', `"1"${','.repeat(800_000)}`],
    ['blanks', `"1"${' '.repeat(800_000)}x`],
    ['blanks before nothing', `"1",${' '.repeat(800_000)}x`],
    ['quotes', '"'.repeat(800_001)],
  ])('are read in linear time (in any other this test takes minutes): %s', (_, header) => {
    expect(matchesNone(header, '"2"')).toBe(false);
  });
});

describe('If-None-Match of a read', () => {
  it.each([
    [undefined, false],
    ['"3"', true],
    ['W/"3"', true],
    ['"1", "3"', true],
    ['*', true],
    ['"a,b", "3"', true],
    [',"3",', true],
    ['"a,\"3\""', false],
    ['3', false],
    ['"4"', false],
    ['"3-0"', false],
  ])('%s against "3": %s', (header, expected) => expect(matchesNone(header, '"3"')).toBe(expected));
});
