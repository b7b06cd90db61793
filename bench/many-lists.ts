const FIELDS = ['name', 'category', 'tier', 'business_domain', 'owner', 'created_at', 'updated_at'];
const ORDERS = FIELDS.flatMap((first) =>
  ['metric_id', ...FIELDS.filter((field) => field !== first)].flatMap((second) => [
    `${first},${second}`,
    `-${first},${second}`,
  ]),
);
/** The number of documents that every database of a run has. */
const DOCUMENTS = 1400;

/**
 * Returns a function that returns a new path with each call: all full pages of metrics, in one sort order after
 * another.
 */
export function newList(limit: number): () => string {
  const pages = Math.floor(DOCUMENTS / limit);
  let count = 0;
  return () => {
    const number = count++;
    const order = ORDERS[Math.floor(number / pages) % ORDERS.length] ?? '';
    return `/api/v1/metrics?limit=${limit}&page=${(number % pages) + 1}&sort=${order}`;
  };
}
