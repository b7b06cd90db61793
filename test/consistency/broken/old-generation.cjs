/** The generation is read only every two seconds. */
const { patch } = require('../../../dev/patch.cjs');

const MAX_AGE_MS = 2000;
let generation;
let readAt;

const current = patch('generations/generations.js', 'Generations', 'current', function remembered() {
  if (generation === undefined || performance.now() - readAt > MAX_AGE_MS) {
    generation = current.call(this);
    readAt = performance.now();
  }
  return generation;
});
