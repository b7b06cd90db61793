import { accepts } from './accept';

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
