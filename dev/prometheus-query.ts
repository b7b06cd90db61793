/** A series of a query result. A value has its time in seconds since 1970, and a number as text. */
export interface QueriedSeries {
  metric: Record<string, string>;
  values: [number, string][];
}

/**
 * Evaluates an expression over a time range with the HTTP API of Prometheus.
 *
 * @param range `from` and `to` in seconds since 1970, `step` in seconds
 * @throws Error with the message of Prometheus for an invalid expression
 */
export async function queryRange(
  prometheus: string,
  query: string,
  { from, to, step }: { from: number; to: number; step: number },
): Promise<QueriedSeries[]> {
  const parameters = { query, start: String(from), end: String(to), step: String(step) };
  const response = await fetch(`${prometheus}/api/v1/query_range?${new URLSearchParams(parameters).toString()}`);
  const { data, error } = (await response.json()) as { data?: { result: QueriedSeries[] }; error?: string };
  if (!data) throw new Error(`${query}: ${error}`);
  return data.result;
}
