/** An item survives every write without a look at its row. */
const { dirname, join } = require('node:path');
const { CacheEntry } = require(join(dirname(process.argv[1]), 'cache/cache-entry.js'));

const { of } = CacheEntry;

CacheEntry.of = function withoutLooking(representation, ...more) {
  const answer = of.call(this, representation, ...more);
  if (answer.isUnchanged) answer.isUnchanged = () => Promise.resolve(true);
  return answer;
};
