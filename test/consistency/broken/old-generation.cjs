/** The generation is asked for every two seconds only. */
const { dirname, join } = require('node:path');
const { Generations } = require(join(dirname(process.argv[1]), 'generations/generations.js'));

const KEPT_MS = 2000;
const { current } = Generations.prototype;

Generations.prototype.current = function keptForLong() {
  if (this.kept === undefined || performance.now() - this.keptSince > KEPT_MS) {
    this.kept = current.call(this);
    this.keptSince = performance.now();
  }
  return this.kept;
};
