/** A response is cached with the generation that is read after the response was made. */
const { field, patch } = require('../../../dev/patch.cjs');

let generations;
const current = patch('generations/generations.js', 'Generations', 'current', function remember() {
  generations = this;
  return current.call(this);
});

const at = patch('cache/cache-keys.js', 'CacheKeys', 'at', function repeatable(generation, route, url) {
  const key = at.call(this, generation, route, url);
  key.later = (next) => at.call(this, next, route, url);
  return key;
});

const getOrFill = patch('cache/response-cache.js', 'ResponseCache', 'getOrFill', async function storesLate(key, fill) {
  const result = await getOrFill.call(this, key, fill);
  field(this, 'store').call(this, key.later(await generations.current()), field(result, 'entry'));
  return result;
});
