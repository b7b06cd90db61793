const FIELDS = ['name', 'category', 'tier', 'business_domain', 'owner', 'created_at', 'updated_at'];
const ORDERS = FIELDS.flatMap((first) =>
  ['metric_id', ...FIELDS.filter((field) => field !== first)].flatMap((second) => [
    `${first},${second}`,
    `-${first},${second}`,
  ]),
);
/** As many documents as there are at the least. */
const DOCUMENTS = 1400;

/** Gives the path of another page of metrics each time it is called: all full pages in one order after the other. */
export function newList(limit: number): () => string {
  const pages = Math.floor(DOCUMENTS / limit);
  let count = 0;
  return () => {
    const number = count++;
    const order = ORDERS[Math.floor(number / pages) % ORDERS.length] ?? '';
    return `/api/v1/metrics?limit=${limit}&page=${(number % pages) + 1}&sort=${order}`;
  };
}
