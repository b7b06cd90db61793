/** A series that a query gave: seconds since 1970 and the value as text, as Prometheus writes them. */
export interface QueriedSeries {
  metric: Record<string, string>;
  values: [number, string][];
}

/**
 * What an expression was over a time, by the HTTP API of Prometheus.
 *
 * @param to end, in seconds since 1970
 * @throws what Prometheus says is wrong with the expression
 */
export async function queryRange(
  prometheus: string,
  query: string,
  { from, to, step }: { from: number; to: number; step: number },
): Promise<QueriedSeries[]> {
  const parameters = { query, start: String(from), end: String(to), step: String(step) };
  const answer = await fetch(`${prometheus}/api/v1/query_range?${new URLSearchParams(parameters).toString()}`);
  const { data, error } = (await answer.json()) as { data?: { result: QueriedSeries[] }; error?: string };
  if (!data) throw new Error(`${query}: ${error}`);
  return data.result;
}
