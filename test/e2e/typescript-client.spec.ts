import type { AddressInfo } from 'node:net';
import { MdlClient, type MdlClientOptions, type Patch, ProblemError } from '../../clients/typescript/src/index.ts';
import { ApiKeys } from '../../src/auth/api-keys/api-keys.service';
import { TestApp } from '../support/app';
import { times } from '../support/concurrently';
import { completeMetric } from '../support/documents';

describe('the TypeScript client', () => {
  let t: TestApp;
  let baseUrl: string;
  const connect = (options: Partial<MdlClientOptions> = {}) => new MdlClient({ baseUrl, ...options });

  beforeAll(async () => {
    t = await TestApp.start();
    await t.app.listen(0, '127.0.0.1');
    baseUrl = `http://127.0.0.1:${(t.app.getHttpServer().address() as AddressInfo).port}`;
    const { domains, metrics } = connect();
    await domains.create({ domain_id: 'revenue', name: 'Revenue' });
    for (const key of times(7, (index) => `m-${index}`))
      await metrics.create({ metric_id: key, name: key, tags: ['a'] });
  });
  afterAll(() => t.stop());

  const problemOf = async (promise: Promise<unknown>): Promise<ProblemError> => {
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof ProblemError)) throw new Error('no ProblemError was thrown', { cause: error });
    return error;
  };

  describe('pagination', () => {
    it('iterates over all documents in order, page by page', async () => {
      const { metrics } = connect();
      const keys: string[] = [];
      for await (const { metric_id } of metrics.list({ limit: 3, sort: ['-metric_id'], tags: ['a', 'b'] }))
        keys.push(metric_id);
      expect(keys).toEqual(times(7, (index) => `m-${index}`).toReversed());
      const sizes: number[] = [];
      for await (const { data } of metrics.pages({ limit: 3 })) sizes.push(data.length);
      expect(sizes).toEqual([3, 3, 1]);
    });

    it('reads one page with its total', async () => {
      const { data, pagination } = await connect().metrics.page({ limit: 2, page: 2 });
      expect(data).toHaveLength(2);
      expect(pagination).toMatchObject({ page: 2, total: 7, hasNext: true });
    });

    it('stops when the consumer stops', async () => {
      let requests = 0;
      const { metrics } = connect({ fetch: (request) => (requests++, fetch(request)) });
      for await (const { metric_id } of metrics.list({ limit: 2 })) if (metric_id) break;
      expect(requests).toBe(1);
    });
  });

  describe('ETags', () => {
    it('are sent with the next write, so that no update is lost', async () => {
      const [ada, bob] = [connect().metrics, connect().metrics];
      await ada.create({ metric_id: 'shared', name: 'Shared' });
      await bob.get('SHARED');
      await ada.patch('shared', { owner: 'Ada' });
      expect(await problemOf(bob.patch('shared', { owner: 'Bob' }))).toMatchObject({
        status: 412,
        code: 'precondition_failed',
      });
      await bob.get('shared', {});
      expect(await bob.patch('Shared', { owner: 'Bob' })).toMatchObject({ owner: 'Bob', version: 3 });
      expect((await problemOf(ada.delete('shared'))).code).toBe('precondition_failed');
      await ada.delete('shared', { ifMatch: '*' });
      expect(await ada.restore('shared')).toMatchObject({ owner: 'Bob' });
    });

    it('are sent for their document only, whatever its key is', async () => {
      const sent: (string | null)[] = [];
      const { metrics } = connect({ fetch: (request) => (sent.push(request.headers.get('if-match')), fetch(request)) });
      await metrics.create({ metric_id: 'undefined', name: 'A key that is a word of JavaScript' });
      await metrics.create({ metric_id: 'another', name: 'Another' });
      expect(sent).toEqual([null, null]);
    });

    it('are those of the document, not of its revisions', async () => {
      const { metrics, http } = connect();
      await metrics.create({ metric_id: 'revised', name: 'Revised' });
      const { data } = await http.GET('/api/v1/metrics/{key}/revisions', { params: { path: { key: 'revised' } } });
      await http.GET('/api/v1/metrics/{key}/revisions/{version}', {
        params: { path: { key: 'revised', version: 1 } },
      });
      expect(data?.data).toHaveLength(1);
      expect(await metrics.patch('revised', { owner: 'Ada' })).toMatchObject({ version: 2 });
    });

    it('replace a document that was read, or create one', async () => {
      const { metrics } = connect();
      const document = { metric_id: 'replaced', name: 'First' };
      expect((await problemOf(metrics.put('replaced', document))).code).toBe('precondition_required');
      expect(await metrics.put('replaced', document, { create: true })).toMatchObject({ version: 1 });
      expect(await metrics.put('replaced', { ...document, name: 'Second' })).toMatchObject({ version: 2 });
      expect(await metrics.revert('replaced', 1)).toMatchObject({ name: 'First', version: 3 });
    });
  });

  describe('retries', () => {
    /** A proxy that responds itself to the first requests, after it has forwarded them or not. */
    const proxy = (refusals: number, headers: Record<string, string>, forwards: boolean) => {
      const sent: (string | null)[] = [];
      const send = async (request: Request): Promise<Response> => {
        sent.push(request.headers.get('idempotency-key'));
        if (sent.length > refusals) return fetch(request);
        if (forwards) await (await fetch(request)).arrayBuffer();
        return new Response('busy', { status: 503, headers });
      };
      return { sent, fetch: send };
    };

    it('execute a POST once, by its Idempotency-Key', async () => {
      const { sent, fetch } = proxy(2, { 'retry-after': '0' }, true);
      const created = await connect({ fetch }).metrics.create({ name: 'Once' });
      expect(sent).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), sent[0], sent[0]]);
      const [row] = await t.sql(`SELECT count(*)::int AS count FROM metrics WHERE data ->> 'name' = 'Once'`);
      expect(row).toEqual({ count: 1 });
      expect(created).toMatchObject({ name: 'Once', version: 1 });
    });

    it('take the Idempotency-Key of the application, so that another process can repeat a POST', async () => {
      const create = () => connect().metrics.create({ name: 'Repeated' }, { idempotencyKey: 'order-1' });
      expect(await create()).toEqual(await create());
    });

    it('wait for a date too, and end after the given number', async () => {
      const past = { 'retry-after': new Date(0).toUTCString() };
      const three = proxy(3, past, false);
      expect(await connect({ fetch: three.fetch }).metrics.get('m-1')).toMatchObject({ name: 'm-1' });
      const four = proxy(4, past, false);
      expect(await problemOf(connect({ fetch: four.fetch }).metrics.get('m-1'))).toMatchObject({ status: 503 });
      expect(four.sent).toHaveLength(4);
    });

    it.each([
      ['without Retry-After, because the request may have been executed', {}],
      ['for a longer Retry-After than allowed', { 'retry-after': '61' }],
    ])('do not happen %s', async (_, headers) => {
      const { sent, fetch } = proxy(1, headers, false);
      const error = await problemOf(connect({ fetch }).metrics.get('m-1'));
      expect([error.code, error.message, sent.length]).toEqual(['unexpected_response', '503: busy', 1]);
    });

    it('end when the application aborts', async () => {
      const { sent, fetch } = proxy(1, { 'retry-after': '60' }, false);
      const controller = new AbortController();
      const pending = connect({
        fetch: async (request) => {
          const response = await fetch(request);
          setImmediate(() => controller.abort(new Error('stopped')));
          return response;
        },
      }).metrics.get('m-1', { signal: controller.signal });
      await expect(pending).rejects.toThrow('stopped');
      expect(sent).toHaveLength(1);
    });
  });

  describe('errors', () => {
    it('have the stable code and the violations', async () => {
      expect(await problemOf(connect().metrics.get('missing'))).toMatchObject({
        name: 'ProblemError',
        status: 404,
        code: 'not_found',
      });
      const gate = await problemOf(connect().transition('m-1', { to: 'active' }));
      expect(gate.code).toBe('gate_refused');
      expect(gate.problem.errors?.map(({ pointer }) => pointer)).toContain('/formula/expression');
      expect(gate.problem.request_id).toEqual(expect.any(String));
    });

    it('report a wrong token, and no token is sent for anonymous requests', async () => {
      expect((await problemOf(connect({ token: 'unknown' }).metrics.get('m-1'))).code).toBe('unauthenticated');
      const { key } = await t.app.get(ApiKeys).create({ name: 'Reader', role: 'viewer' }, 'test');
      const { metrics } = connect({ token: key });
      expect(await metrics.get('m-1')).toMatchObject({ name: 'm-1' });
      expect((await problemOf(metrics.delete('m-1'))).code).toBe('forbidden');
    });
  });

  it('does not compile with a misspelt member in a patch, which the service refuses', async () => {
    const { metrics } = connect();
    // @ts-expect-error the member is `owner`
    const patch: Patch<'metrics'> = { ownr: 'Ada' };
    expect((await problemOf(metrics.patch('m-1', patch))).code).toBe('unknown_field');
    // @ts-expect-error null deletes a member, and a name cannot be deleted
    expect((await problemOf(metrics.patch('m-1', { name: 7 }))).code).toBe('invalid_document');
  });

  it('has every step of a metric', async () => {
    const client = connect();
    await client.metrics.create(completeMetric('whole') as { metric_id: string; name: string });
    expect(await client.transition('whole', { to: 'active' })).toMatchObject({ status: 'active', version: 2 });
    await client.metrics.delete('whole');
    expect((await problemOf(client.metrics.get('whole'))).code).toBe('not_found');
  });
});
