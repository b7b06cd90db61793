import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { InjectOptions } from 'fastify';
import { Pool } from 'pg';
import { createApp } from '../../src/app.setup';
import { readConfig } from '../../src/config/config';
import { createTestDatabase, type TestDatabase } from './database';

/** A response, with its body parsed where it is JSON. */
export interface TestResponse {
  status: number;
  headers: Record<string, string | undefined>;
  text: string;
  // Tests look into bodies of every shape.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

/** No test but those of a timeout meets one, however busy the machine is. */
export const GENEROUS_TIMEOUTS = {
  DATABASE_POOL_TIMEOUT_MS: '60000',
  DATABASE_STATEMENT_TIMEOUT_MS: '60000',
  DATABASE_LOCK_TIMEOUT_MS: '60000',
  GENERATION_TIMEOUT_MS: '30000',
  HANDLER_TIMEOUT_MS: '90000',
  REQUEST_TIMEOUT_MS: '60000',
  SEND_TIMEOUT_MS: '100000',
  REDIS_TIMEOUT_MS: '10000',
};

/** The app as it ships, on a migrated, empty PostgreSQL database of its own. */
export class TestApp {
  /** Connections of the owner of the tables. */
  private readonly owner: Pool;

  private constructor(
    readonly app: NestFastifyApplication,
    readonly database: TestDatabase,
  ) {
    this.owner = new Pool({ connectionString: database.url, max: 4 });
    // Tests end connections of the server.
    this.owner.on('error', () => undefined);
  }

  static async start(
    environment: Record<string, string> = {},
    given?: TestDatabase,
    moreResources: readonly Type[] = [],
  ): Promise<TestApp> {
    const database = given ?? (await createTestDatabase());
    const app = await createApp(
      readConfig({
        DATABASE_URL: database.serviceUrl ?? database.url,
        LOG_LEVEL: 'silent',
        NODE_ENV: 'test',
        DATABASE_POOL_SIZE: '8',
        ...GENEROUS_TIMEOUTS,
        // Tests send more than a client may; the tests of the limits switch them on.
        THROTTLE_ENABLED: 'false',
        // Anonymous clients may do everything; the tests of permissions restrict them.
        AUTH_ANONYMOUS_ROLE: 'admin',
        // A test must not find a response that it did not request in the cache.
        CACHE_WARM_INTERVAL: '0',
        ...environment,
      }),
      moreResources,
    );
    return new TestApp(app, database);
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.owner.end();
    await this.database.drop();
  }

  /** Sends a request through the whole app without a socket. */
  async send(
    method: string,
    url: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<TestResponse> {
    const options = { method, url, headers } as InjectOptions;
    if (body !== undefined) {
      const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
      options.payload = isRaw ? body : JSON.stringify(body);
      options.headers = { 'content-type': 'application/json', ...headers };
    }
    const { statusCode, headers: received, payload } = await this.app.getHttpAdapter().getInstance().inject(options);
    const isJson =
      String(received['content-type'] ?? '').includes('json') && !String(received['content-type']).includes('ndjson');
    return {
      status: statusCode,
      headers: received as TestResponse['headers'],
      text: payload,
      body: isJson && payload !== '' ? JSON.parse(payload) : undefined,
    };
  }

  get(url: string, headers: Record<string, string> = {}): Promise<TestResponse> {
    return this.send('GET', url, { headers });
  }

  post(url: string, body?: unknown, headers: Record<string, string> = {}): Promise<TestResponse> {
    return this.send('POST', url, { body, headers });
  }

  put(url: string, body: unknown, headers: Record<string, string> = {}): Promise<TestResponse> {
    return this.send('PUT', url, { body, headers });
  }

  patch(url: string, body: unknown, headers: Record<string, string> = {}): Promise<TestResponse> {
    return this.send('PATCH', url, { body, headers });
  }

  delete(url: string, headers: Record<string, string> = {}): Promise<TestResponse> {
    return this.send('DELETE', url, { headers });
  }

  /** Runs SQL behind the app's back, as the owner of the tables. */
  async sql<Row = Record<string, unknown>>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return (await this.owner.query(sql, [...parameters])).rows as Row[];
  }
}
