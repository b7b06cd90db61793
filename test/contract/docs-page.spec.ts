import type { AddressInfo } from 'node:net';
import { type Browser, chromium } from 'playwright-core';
import { TestApp } from '../support/app';
import { executablePath, FLAGS, hasBrowser } from '../support/browser';

(hasBrowser ? describe : describe.skip)('the page /docs in a browser', () => {
  let app: TestApp;
  let browser: Browser;
  let origin: string;
  beforeAll(async () => {
    app = await TestApp.start();
    await app.app.listen(0, '127.0.0.1');
    origin = `http://127.0.0.1:${(app.app.getHttpServer().address() as AddressInfo).port}`;
    for (const key of ['first', 'second']) await app.post('/api/v1/metrics', { metric_id: key, name: key });
    browser = await chromium.launch({ executablePath, args: FLAGS });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await app.stop();
  });

  test('loads without an error, sends requests to no other host, and its "Execute" lists the metrics', async () => {
    const page = await browser.newPage();
    const errors: string[] = [];
    const strangers: string[] = [];
    page.on('console', (message) => void (message.type() === 'error' && errors.push(message.text())));
    page.on('pageerror', (error) => void errors.push(error.message));
    page.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(origin)) strangers.push(request.url());
    });

    await page.goto(`${origin}/docs`);
    expect(await page.title()).toBe('Metrics Definition Library');
    const operation = page.locator('#operations-metrics-listMetrics');
    await operation.click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    const response = operation.locator('.live-responses-table .response-col_description code').first();
    await response.waitFor();
    const { data } = JSON.parse(await response.innerText()) as { data: { metric_id: string }[] };

    expect(data.map(({ metric_id }) => metric_id).sort()).toEqual(['first', 'second']);
    expect(errors).toEqual([]);
    expect(strangers).toEqual([]);
  }, 60_000);
});
