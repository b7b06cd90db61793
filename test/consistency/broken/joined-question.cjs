/**
 * Whoever comes joins the question that is under way, and questions take up to 100 ms. Readers do not come at once:
 * those who waited for the same answer would otherwise all come back when it ends, when none is under way.
 */
const { dirname, join } = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const build = dirname(process.argv[1]);
const { Generations } = require(join(build, 'generations/generations.js'));
const { GenerationReader } = require(join(build, 'generations/generation-reader.js'));

const QUESTION_MS = 100;
const APART_MS = 3;
const { current } = Generations.prototype;
const { read } = GenerationReader.prototype;

Generations.prototype.current = async function joinsAny() {
  await sleep(Math.random() * APART_MS);
  return this.running ?? current.call(this);
};

GenerationReader.prototype.read = async function slowly() {
  const generation = await read.call(this);
  await sleep(Math.random() * QUESTION_MS);
  return generation;
};
