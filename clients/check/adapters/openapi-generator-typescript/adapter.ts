import { Configuration, type Metric, type MetricPatch, MetricsApi, ProblemFromJSON, ResponseError } from './generated';
import { type Outcome, runScenario } from './scenario';

// @ts-expect-error the member is `owner`
export const misspelt: MetricPatch = { ownr: 'Sales' };

/** The generator renames members to camelCase. */
const metricOf = ({ metricId, shortName, ...rest }: Metric) => ({
  ...rest,
  metric_id: metricId,
  ...(shortName !== undefined && { short_name: shortName }),
});

/** The generated methods throw for an error response. */
async function outcomeOf(call: Promise<{ raw: Response; value: () => Promise<Metric | void> }>): Promise<Outcome> {
  try {
    const { raw, value } = await call.then((response) => ({ raw: response.raw, value: () => response.value() }));
    const metric = await value();
    return { status: raw.status, etag: raw.headers.get('etag'), ...(metric && { metric: metricOf(metric) }) };
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    const { status, headers } = error.response;
    return { status, etag: headers.get('etag'), code: ProblemFromJSON(await error.response.json()).code };
  }
}

runScenario(({ baseUrl, token }) => {
  const api = new MetricsApi(new Configuration({ basePath: baseUrl, accessToken: token }));
  return {
    async list(query) {
      const { data, pagination } = await api.listMetrics(query);
      return { data: data.map(metricOf), pagination };
    },
    create: ({ metric_id, short_name, business_domain, ...rest }) =>
      outcomeOf(
        api.createMetricRaw({
          createMetric: { ...rest, metricId: metric_id, shortName: short_name, businessDomain: business_domain },
        }),
      ),
    read: (key) => outcomeOf(api.readMetricRaw({ key })),
    patch: (key, ifMatch) =>
      outcomeOf(api.patchMetricRaw({ key, ifMatch, metricPatch: { owner: 'Sales', shortName: null } })),
    activate: (key) => outcomeOf(api.transitionMetricRaw({ key, transitionMetric: { to: 'active' } })),
    remove: (key) => outcomeOf(api.deleteMetricRaw({ key })),
  };
});
