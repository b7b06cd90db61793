/**
 * Preloaded into an instance (`node --require`). One in twenty queries outside transactions takes up to 300 ms longer,
 * before or after the database runs it. So writes happen between the read of the generation and the read of the rows,
 * and between the read of the rows and the cache write.
 */
const { field, patch } = require('../../dev/patch.cjs');

const SHARE = 0.05;
const LONGEST_MS = 300;

const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_MS));

for (const method of ['query', 'queryPrepared']) {
  const query = patch('database/database.js', 'Database', method, async function slowly(...args) {
    const random = Math.random();
    if (field(this, 'open').getStore() || random >= SHARE) return query.apply(this, args);
    if (random < SHARE / 2) await pause();
    const rows = await query.apply(this, args);
    if (random >= SHARE / 2) await pause();
    return rows;
  });
}
