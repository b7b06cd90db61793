/** The generation is not part of the key in Redis, of in-flight fills and of weak ETags. */
const { field, patch } = require('../../../dev/patch.cjs');

patch('cache/response-cache.js', 'ResponseCache', 'nameOf', function withoutGeneration({ url }) {
  return `${field(field(this, 'namespace'), 'value')}:${url}`;
});
