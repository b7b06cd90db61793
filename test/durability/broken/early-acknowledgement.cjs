/** A write is acknowledged 200 ms before its COMMIT. */
const { setTimeout: sleep } = require('node:timers/promises');
const { field, patch } = require('../../../dev/patch.cjs');

const transaction = patch('database/database.js', 'Database', 'transaction', function acknowledgesEarly(work) {
  if (field(this, 'open').getStore()) return transaction.call(this, work);
  return new Promise((resolve, reject) => {
    const early = async () => {
      resolve(await work());
      await sleep(200);
    };
    transaction.call(this, early).catch(reject);
  });
});
