import { Client, DatabaseError } from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database';

describe('the role of the service', () => {
  let database: TestDatabase;
  let service: Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    service = new Client({ connectionString: database.serviceUrl ?? database.url });
    await service.connect();
  });
  afterAll(async () => {
    await service.end();
    await database.drop();
  });

  it('owns nothing', async () => {
    const { rows } = await service.query(
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND pg_get_userbyid(relowner) = current_user`,
    );
    expect(rows).toEqual([]);
  });

  it.each([
    'DELETE FROM audit_log',
    'UPDATE audit_log SET actor = actor',
    'TRUNCATE audit_log',
    'ALTER TABLE audit_log DISABLE TRIGGER ALL',
    'DELETE FROM revisions',
    'UPDATE revisions SET actor = actor',
    'TRUNCATE metrics',
    'DROP TABLE metrics',
    'ALTER TABLE metrics ADD COLUMN more text',
    'CREATE TABLE more (id int)',
    'DELETE FROM migrations',
    `ALTER ROLE CURRENT_USER SUPERUSER`,
  ])('cannot %s', async (statement) => {
    const refusal = await service.query(statement).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(DatabaseError);
    expect((refusal as DatabaseError).code).toBe('42501');
  });

  it('reads and writes rows of every other table', async () => {
    const { rows } = await service.query<{ relname: string; may: boolean }>(
      `SELECT relname, has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
         AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE') AS may
         FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`,
    );
    const restricted = rows.filter(({ may }) => !may).map(({ relname }) => relname);
    expect(restricted.sort()).toEqual(['audit_log', 'migrations', 'revisions']);
  });
});
