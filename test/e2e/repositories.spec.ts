import { ApiKey } from '../../src/auth/api-keys/api-key.entity';
import { Database } from '../../src/database/database';
import { QueryStats, withQueryStats } from '../../src/instrumentation/request-timing';
import { TestApp } from '../support/app';

describe('a TypeORM repository', () => {
  let t: TestApp;
  let database: Database;

  beforeAll(async () => {
    t = await TestApp.start();
    database = t.app.get(Database);
  });
  afterAll(() => t.stop());

  const key = (id: string) => ({
    id,
    name: 'a key',
    role: 'viewer' as const,
    environment: 'test',
    digest: Buffer.alloc(32),
    created_by: 'test',
  });
  const insert = (id: string) => database.withRepository(ApiKey, (keys) => keys.insert(key(id)));
  const exists = (id: string) => database.withRepository(ApiKey, (keys) => keys.existsBy({ id }));

  it('takes part in the open transaction', async () => {
    const rolledBack = database.transaction(async () => {
      await insert('000000000001');
      expect(await exists('000000000001')).toBe(true);
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
    expect(await exists('000000000001')).toBe(false);
    await database.transaction(() => insert('000000000002'));
    expect(await exists('000000000002')).toBe(true);
  });

  it('is measured, within a transaction and outside', async () => {
    const stats = new QueryStats();
    await withQueryStats(stats, () => exists('000000000001'));
    expect(stats.statements).toBe(1);
    expect(stats.ms).toBeGreaterThan(0);
    await withQueryStats(stats, () => database.transaction(() => exists('000000000001')));
    // BEGIN, SELECT and COMMIT.
    expect(stats.statements).toBe(4);
    expect(stats.ms).toBeGreaterThan(stats.waitMs);
  });

  it('runs no statement after the timeout of the request', async () => {
    const stats = Object.assign(new QueryStats(), { isExpired: true });
    await expect(withQueryStats(stats, () => insert('000000000003'))).rejects.toMatchObject({ code: 'timeout' });
    expect(await exists('000000000003')).toBe(false);
  });

  it('returns its connection after an error', async () => {
    const { most, waiting } = database.connections;
    for (let n = 0; n <= most; n++) await expect(insert('not an id')).rejects.toThrow('api_keys_id_check');
    expect(database.connections.waiting).toBe(waiting);
    expect(await exists('000000000002')).toBe(true);
  });
});
