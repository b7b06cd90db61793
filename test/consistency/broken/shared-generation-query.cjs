/**
 * Every request uses the generation query that is in flight, and a query takes up to 100 ms. Requests are delayed by
 * some milliseconds: otherwise readers that received the same response would all return when no query is in flight.
 */
const { setTimeout: sleep } = require('node:timers/promises');
const { field, patch } = require('../../../dev/patch.cjs');

const QUERY_MS = 100;
const SPREAD_MS = 3;

const current = patch('generations/generations.js', 'Generations', 'current', async function joinsAny() {
  await sleep(Math.random() * SPREAD_MS);
  if (this.running) return this.running;
  const generation = await current.call(this);
  // The field exists as soon as a query was sent.
  field(this, 'running');
  return generation;
});

const read = patch('generations/generation-reader.js', 'GenerationReader', 'read', async function slowly() {
  const generation = await read.call(this);
  await sleep(Math.random() * QUERY_MS);
  return generation;
});
