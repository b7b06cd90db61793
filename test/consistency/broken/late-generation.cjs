/** An answer is kept under the generation that is read after it was made. */
const { dirname, join } = require('node:path');
const build = dirname(process.argv[1]);
const { Generations } = require(join(build, 'generations/generations.js'));
const { CacheKeys } = require(join(build, 'cache/cache-keys.js'));
const { ResponseCache } = require(join(build, 'cache/response-cache.js'));

let generations;
const { current } = Generations.prototype;
Generations.prototype.current = function known() {
  generations = this;
  return current.call(this);
};

const { at } = CacheKeys.prototype;
CacheKeys.prototype.at = function repeatable(generation, route, url) {
  const question = at.call(this, generation, route, url);
  question.later = (next) => at.call(this, next, route, url);
  return question;
};

const { fetch } = ResponseCache.prototype;
ResponseCache.prototype.fetch = async function keptLate(question, make) {
  const found = await fetch.call(this, question, make);
  this.keep(question.later(await generations.current()), found.answer);
  return found;
};
