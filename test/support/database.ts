import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';

/** The template of every test database, with all migrations applied. */
const TEMPLATE = 'mdl_template';
/** SQLSTATE object_in_use: another worker is copying the template. */
const OBJECT_IN_USE = '55006';
const ATTEMPTS = 100;

export interface TestDatabase {
  /** As the owner of the tables. */
  url: string;
  /** As the service, which owns nothing. */
  serviceUrl?: string;
  drop: () => Promise<void>;
}

/** Creates a migrated, empty database on the server of TEST_DATABASE_URL. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env['TEST_DATABASE_URL'];
  if (!server)
    throw new Error('TEST_DATABASE_URL is not set: start the tests by `npm test`, which starts a PostgreSQL for them');
  const name = `mdl_test_${randomUUID().replaceAll('-', '')}`;
  await copyTemplate(server, name);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const serviceUrl = new URL(url);
  serviceUrl.username = process.env['TEST_APPLICATION_ROLE'] ?? url.username;
  return {
    url: url.href,
    serviceUrl: serviceUrl.href,
    drop: () => execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function copyTemplate(server: string, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await execute(server, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code !== OBJECT_IN_USE || attempt === ATTEMPTS) throw error;
      await setTimeout(20 + Math.random() * 80);
    }
  }
}

async function execute(connectionString: string, sql: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
