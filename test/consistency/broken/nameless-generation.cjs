/** The generation is no part of the name under which Redis, flights and weak tags know an answer. */
const { dirname, join } = require('node:path');
const { ResponseCache } = require(join(dirname(process.argv[1]), 'cache/response-cache.js'));

ResponseCache.prototype.nameOf = function withoutGeneration({ url }) {
  return `${this.namespace.value}:${url}`;
};
