import createClient from 'openapi-fetch';
import type { components, paths } from './generated/schema';
import { type Outcome, PATCH, runScenario } from './scenario';

type MetricPatch = components['schemas']['MetricPatch'];
// @ts-expect-error the member is `owner`
export const misspelt: MetricPatch = { ownr: 'Sales' };

interface Result {
  data?: components['schemas']['Metric'];
  error?: components['schemas']['Problem'];
  response: Response;
}
const outcomeOf = ({ data, error, response }: Result): Outcome => ({
  status: response.status,
  etag: response.headers.get('etag'),
  metric: data,
  code: error?.code,
});

runScenario(({ baseUrl, token }) => {
  const client = createClient<paths>({
    baseUrl,
    headers: { authorization: `Bearer ${token}` },
    // The client has no contract at run time, so it has to know how arrays are sent.
    querySerializer: { array: { style: 'form', explode: false } },
  });
  const item = '/api/v1/metrics/{key}';
  return {
    async list(query) {
      const { data, error } = await client.GET('/api/v1/metrics', { params: { query } });
      if (!data) throw new Error(error?.detail);
      return data;
    },
    create: async (body) => outcomeOf(await client.POST('/api/v1/metrics', { body })),
    read: async (key) => outcomeOf(await client.GET(item, { params: { path: { key } } })),
    patch: async (key, etag) =>
      outcomeOf(
        await client.PATCH(item, {
          params: { path: { key }, header: { 'If-Match': etag } },
          body: PATCH,
          headers: { 'content-type': 'application/merge-patch+json' },
        }),
      ),
    activate: async (key) =>
      outcomeOf(
        await client.POST('/api/v1/metrics/{key}/transitions', { params: { path: { key } }, body: { to: 'active' } }),
      ),
    async remove(key) {
      const { response } = await client.DELETE(item, { params: { path: { key } } });
      return { status: response.status, etag: null };
    },
  };
});
