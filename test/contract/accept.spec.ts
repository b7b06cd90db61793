import { createOpenApi } from '../../src/app.openapi';
import { TestApp } from '../support/app';
import { operationsOf, type OpenApi } from './openapi';
import { expectProblem } from './problems';

describe('the header Accept', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  it('gets 406 on every route that cannot meet it, and the documented types on all others', async () => {
    const operations = operationsOf(createOpenApi(app.app) as unknown as OpenApi);
    expect(operations.length).toBeGreaterThan(40);
    for (const { method, path, responses } of operations) {
      const url = path.replaceAll(/\{\w+\}/g, 'none');
      const send = (accept: string) =>
        app.send(method, url, { headers: { accept }, ...(method !== 'GET' && { body: '' }) });
      for (const accept of ['image/png', 'application/json;q=0, text/plain;q=0, application/x-ndjson;q=0'])
        expect([method, path, expectProblem(await send(accept)).code]).toEqual([method, path, 'not_acceptable']);
      const types = Object.entries(responses)
        .filter(([status]) => status.startsWith('2'))
        .flatMap(([, { content = {} }]) => Object.keys(content));
      for (const accept of [...types, 'application/problem+json', '*/*'])
        expect([method, path, accept, (await send(accept)).status]).not.toEqual([method, path, accept, 406]);
    }
  });

  it('accepts what a browser and Java send', async () => {
    for (const accept of ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html, image/gif, *; q=.2, */*; q=.2'])
      expect((await app.get('/api/v1/metrics', { accept })).status).toBe(200);
  });
});
