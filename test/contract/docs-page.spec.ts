import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ApiKeys } from '../../src/auth/api-keys/api-keys.service';
import { seedCatalogue } from '../../src/exchange/seed/seed';
import { TestApp } from '../support/app';
import { executablePath, FLAGS, hasBrowser } from '../support/browser';

const MINUTE = 60_000;

(hasBrowser ? describe : describe.skip)('the page /docs in a browser', () => {
  let app: TestApp;
  let browser: Browser;
  let origin: string;
  let key: string;
  beforeAll(async () => {
    app = await TestApp.start({ AUTH_ANONYMOUS_ROLE: 'viewer', PUBLIC_URL: 'https://mdl.example.com' });
    await seedCatalogue(app.app);
    ({ key } = await app.app.get(ApiKeys).create({ name: 'make dev', role: 'admin' }, 'test'));
    await app.app.listen(0, '127.0.0.1');
    origin = `http://127.0.0.1:${(app.app.getHttpServer().address() as AddressInfo).port}`;
    browser = await chromium.launch({ executablePath, args: FLAGS, timeout: 2 * MINUTE });
  }, 5 * MINUTE);
  afterAll(async () => {
    await browser.close();
    await app.stop();
  });

  /** Opens the page, and collects its errors and the addresses of other hosts. */
  async function open(): Promise<{ page: Page; errors: string[]; strangers: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    page.setDefaultTimeout(MINUTE);
    const errors: string[] = [];
    const strangers: string[] = [];
    page.on('console', (message) => void (message.type() === 'error' && errors.push(message.text())));
    page.on('pageerror', (error) => void errors.push(error.message));
    page.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(origin)) strangers.push(request.url());
    });
    await page.goto(`${origin}/docs`);
    await entry(page, 'List metrics').waitFor();
    return { page, errors, strangers };
  }

  const entry = (page: Page, summary: string) => page.getByRole('link', { name: summary }).first();
  const token = (page: Page) => page.getByPlaceholder('Token').first();

  /** Sends the example of an operation as it stands. @returns the status and the body of the response */
  async function send(page: Page, summary: string, operation: string): Promise<{ status: number; body: never }> {
    const [method = '', path = ''] = operation.split(' ');
    await entry(page, summary).click();
    await page
      .locator(`section[id$="/${method}${path}"]`)
      .getByRole('button', { name: /Test Request/ })
      .click();
    const client = page.getByRole('dialog');
    const [response] = await Promise.all([
      page.waitForResponse((one) => one.request().method() === method && one.url().includes('/api/v1/')),
      client.getByRole('button', { name: /^Send/ }).first().click(),
    ]);
    const body = (await response.json()) as never;
    await page.keyboard.press('Escape');
    await client.waitFor({ state: 'hidden' });
    return { status: response.status(), body };
  }

  test(
    'loads without an error or another host, and lists, creates, updates and moves a metric as offered',
    async () => {
      const { page, errors, strangers } = await open();
      expect(await page.title()).toBe('Metrics Definition Library');
      const list = await send(page, 'List metrics', 'GET /api/v1/metrics');
      expect([list.status, (list.body as { data: object[] }).data.length]).toEqual([200, 50]);

      await token(page).fill(key);
      const created = await send(page, 'Create a metric', 'POST /api/v1/metrics');
      expect([created.status, created.body]).toMatchObject([201, { status: 'draft', version: 1 }]);
      expect((await send(page, 'Update a metric', 'PATCH /api/v1/metrics/{key}')).status).toBe(200);
      expect(await send(page, 'Change the status of a metric', 'POST /api/v1/metrics/{key}/transitions')).toMatchObject(
        {
          status: 200,
          body: { status: 'deprecated' },
        },
      );
      expect(errors).toEqual([]);
      expect(strangers).toEqual([]);
    },
    5 * MINUTE,
  );

  test(
    'keeps the key over a reload, finds operations by a word, and shows no models',
    async () => {
      const { page } = await open();
      await token(page).fill(key);
      // Scalar stores it a moment later.
      await page.waitForFunction((stored) => JSON.stringify({ ...localStorage }).includes(stored), key);
      await page.reload();
      await entry(page, 'List metrics').waitFor();
      expect(await token(page).inputValue()).toBe(key);

      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').getByRole('combobox').fill('revert');
      const found = page.getByRole('option', { name: /Revert a metric to an old version/ });
      await found.waitFor();
      await page.keyboard.press('Escape');
      expect(await page.getByRole('link', { name: 'Models' }).count()).toBe(0);
    },
    5 * MINUTE,
  );
});
