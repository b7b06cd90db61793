import { accepts, acceptsParameter, preferredType } from './accept';

describe('accepts', () => {
  it.each([
    [undefined, true],
    ['', true],
    ['*/*', true],
    ['application/json', true],
    ['Application/JSON; charset=utf-8', true],
    ['application/*;q=0.1', true],
    ['text/html,application/xhtml+xml,*/*;q=0.8', true],
    ['text/html, image/gif, *; q=.2, */*; q=.2', true],
    ['image/png', false],
    ['text/*', false],
    ['application/xml', false],
    ['application/json;q=0', false],
    ['application/json;q=0.0, */*', false],
    ['*/*;q=0', false],
    ['application/json;q=many', false],
    ['json', false],
    [',', false],
  ])('of %j is %j for JSON', (accept, expected) => {
    expect(accepts(accept, 'application/json')).toBe(expected);
    // From the cache.
    expect(accepts(accept, 'application/json')).toBe(expected);
  });
});

describe('preferredType', () => {
  const HTML = 'text/html';
  const JSON = 'application/json';
  it.each([
    [undefined, JSON],
    ['*/*', JSON],
    ['application/json', JSON],
    ['text/html', HTML],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', HTML],
    ['text/html;q=0.5, application/json', JSON],
    ['TEXT/*', HTML],
  ])('of %j is %s', (accept, expected) => expect(preferredType(accept, [JSON, HTML])).toBe(expected));
});

describe('acceptsParameter', () => {
  it.each([
    [undefined, false],
    ['application/x-ndjson', false],
    ['application/x-ndjson;trailer=none', true],
    ['text/plain, Application/X-NDJSON ; Trailer=None;q=0.5', true],
    ['application/json;trailer=none', false],
    ['application/x-ndjson;trailer=nonesuch', false],
  ])('of %j is %j', (accept, expected) =>
    expect(acceptsParameter(accept, 'application/x-ndjson', 'trailer=none')).toBe(expected),
  );
});
