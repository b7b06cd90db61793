/**
 * Preloaded into an instance (`node --require`): one query in twenty outside of transactions takes up to 300 ms longer,
 * half of them before the database is asked, half after it has answered. So writes come between the question for the
 * generation and the rows, and between the rows and the cache that keeps them.
 */
const { dirname, join } = require('node:path');

const SHARE = 0.05;
const LONGEST_MS = 300;

const { Database } = require(join(dirname(process.argv[1]), 'database/database.js'));

const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_MS));

for (const method of ['query', 'queryPrepared']) {
  const ask = Database.prototype[method];
  Database.prototype[method] = async function slowly(...args) {
    const chance = Math.random();
    if (this.open.getStore() || chance >= SHARE) return ask.apply(this, args);
    if (chance < SHARE / 2) await pause();
    const rows = await ask.apply(this, args);
    if (chance >= SHARE / 2) await pause();
    return rows;
  };
}
