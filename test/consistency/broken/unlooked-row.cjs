/** An item survives every write without a look at its row. */
const { dirname, join } = require('node:path');
const { KeptAnswer } = require(join(dirname(process.argv[1]), 'cache/kept-answer.js'));

const { of } = KeptAnswer;

KeptAnswer.of = function withoutLooking(representation, ...more) {
  const answer = of.call(this, representation, ...more);
  if (answer.isUnchanged) answer.isUnchanged = () => Promise.resolve(true);
  return answer;
};
