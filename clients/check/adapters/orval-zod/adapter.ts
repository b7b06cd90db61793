import {
  CreateMetricBody,
  CreateMetricResponse,
  ListMetricsQueryParams,
  ListMetricsResponse,
  PatchMetricBody,
  PatchMetricHeader,
  PatchMetricResponse,
  ReadMetricParams,
  ReadMetricResponse,
  TransitionMetricBody,
  TransitionMetricResponse,
} from './generated/schemas';
import { type Outcome, PATCH, runScenario } from './scenario';

// @ts-expect-error the member is `owner`
export const misspelt: (typeof PatchMetricBody)['_output'] = { ownr: 'Sales' };
if (PatchMetricBody.safeParse(misspelt).success) throw new Error('a misspelt member is accepted');

/** Sends what the schemas accept. */
runScenario(({ baseUrl, token }) => {
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const response = await fetch(`${baseUrl}/api/v1/metrics${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': type }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { response, body: text === '' ? undefined : (JSON.parse(text) as { code?: string }) };
  };
  const outcomeOf = (
    { response, body }: Awaited<ReturnType<typeof send>>,
    schema: { parse: (body: unknown) => NonNullable<Outcome['metric']> },
  ): Outcome => ({
    status: response.status,
    etag: response.headers.get('etag'),
    ...(response.ok ? { metric: schema.parse(body) } : { code: body?.code }),
  });
  return {
    async list(query) {
      const parameters = Object.entries(ListMetricsQueryParams.parse(query)).map(([name, value]) => [
        name,
        String(value),
      ]);
      const { body } = await send('GET', `?${new URLSearchParams(parameters).toString()}`);
      return ListMetricsResponse.parse(body);
    },
    create: async (metric) => outcomeOf(await send('POST', '', CreateMetricBody.parse(metric)), CreateMetricResponse),
    read: async (key) => outcomeOf(await send('GET', `/${ReadMetricParams.parse({ key }).key}`), ReadMetricResponse),
    async patch(key, etag) {
      const headers = PatchMetricHeader.parse({ 'If-Match': etag }) as Record<string, string>;
      return outcomeOf(await send('PATCH', `/${key}`, PatchMetricBody.parse(PATCH), headers), PatchMetricResponse);
    },
    activate: async (key) =>
      outcomeOf(
        await send('POST', `/${key}/transitions`, TransitionMetricBody.parse({ to: 'active' })),
        TransitionMetricResponse,
      ),
    async remove(key) {
      const { response } = await send('DELETE', `/${key}`);
      return { status: response.status, etag: null };
    },
  };
});
