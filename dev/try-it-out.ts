/** Formats commands to try, with documents that exist. */
export async function tryItOut(base: string, key: string): Promise<string> {
  const list = `${base}/api/v1/metrics?limit=2`;
  const first = await firstMetric(list);
  // The longest word is the most specific.
  const word = first?.name
    .match(/\p{L}+/gu)
    ?.reduce((longest, next) => (next.length > longest.length ? next : longest));
  const item = first && `${base}/api/v1/metrics/${first.metric_id}`;
  const search = word && `${base}/api/v1/metrics?q=${encodeURIComponent(word.toLowerCase())}`;
  const commands = [list, item, search].flatMap((url) => (url ? [`  curl '${url}'`] : []));
  const metric = JSON.stringify({ metric_id: `my-metric-${Date.now().toString(36)}`, name: 'My metric' });
  const create = [
    `  export MDL_KEY=${key}`,
    `  curl -X POST ${base}/api/v1/metrics -H "authorization: Bearer $MDL_KEY" -H 'content-type: application/json' -d '${metric}'`,
  ];
  return ['', 'Try:', ...commands, ...create, `  ${base}/docs in a browser: the documentation of all routes`].join(
    '\n',
  );
}

async function firstMetric(list: string): Promise<{ metric_id: string; name: string } | undefined> {
  const response = await fetch(list);
  if (!response.ok) return undefined;
  const { data } = (await response.json()) as { data: { metric_id: string; name: string }[] };
  return data[0];
}
