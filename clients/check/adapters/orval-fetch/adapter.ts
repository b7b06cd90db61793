import { createMetric, deleteMetric, listMetrics, patchMetric, readMetric, transitionMetric } from './generated/client';
import type { Metric, MetricPatch, Problem } from './generated/client';
import { type Outcome, PATCH, runScenario } from './scenario';
import { service } from './send';

// @ts-expect-error the member is `owner`
export const misspelt: MetricPatch = { ownr: 'Sales' };

interface Result {
  status: number;
  headers: Headers;
  data: Metric | Problem | void;
}
const outcomeOf = ({ status, headers, data }: Result): Outcome => {
  const isProblem = data !== undefined && 'code' in data;
  return {
    status,
    etag: headers.get('etag'),
    metric: isProblem ? undefined : (data ?? undefined),
    code: isProblem ? data.code : undefined,
  };
};

runScenario((target) => {
  Object.assign(service, target);
  return {
    async list(query) {
      const response = await listMetrics(query);
      if (response.status !== 200) throw new Error(String(response.status));
      return response.data;
    },
    create: async (metric) => outcomeOf(await createMetric(metric)),
    read: async (key) => outcomeOf(await readMetric(key)),
    patch: async (key, etag) => outcomeOf(await patchMetric(key, PATCH, { headers: { 'If-Match': etag } })),
    activate: async (key) => outcomeOf(await transitionMetric(key, { to: 'active' })),
    remove: async (key) => outcomeOf(await deleteMetric(key)),
  };
});
