import { createMetric, deleteMetric, listMetrics, patchMetric, readMetric, transitionMetric } from './generated';
import type { Metric, MetricPatch, Problem } from './generated';
import { client } from './generated/client.gen';
import { type Outcome, PATCH, runScenario } from './scenario';

// @ts-expect-error the member is `owner`
export const misspelt: MetricPatch = { ownr: 'Sales' };

interface Result {
  data?: Metric | undefined;
  error?: Problem | undefined;
  response?: Response | undefined;
}
const outcomeOf = ({ data, error, response }: Result): Outcome => ({
  status: response?.status ?? 0,
  etag: response?.headers.get('etag') ?? null,
  metric: data,
  code: error?.code,
});

runScenario(({ baseUrl, token }) => {
  client.setConfig({ baseUrl, auth: token });
  return {
    async list(query) {
      const { data } = await listMetrics({ query, throwOnError: true });
      return data;
    },
    create: async (body) => outcomeOf(await createMetric({ body })),
    read: async (key) => outcomeOf(await readMetric({ path: { key } })),
    patch: async (key, etag) =>
      outcomeOf(await patchMetric({ path: { key }, headers: { 'If-Match': etag }, body: PATCH })),
    activate: async (key) => outcomeOf(await transitionMetric({ path: { key }, body: { to: 'active' } })),
    async remove(key) {
      const { response } = await deleteMetric({ path: { key } });
      return { status: response?.status ?? 0, etag: null };
    },
  };
});
