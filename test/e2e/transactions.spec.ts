import { DatabaseError } from 'pg';
import { Database } from '../../src/database/database';
import { TestApp } from '../support/app';

describe('Database', () => {
  let t: TestApp;
  let database: Database;

  const insert = (key: string) =>
    database.query(`INSERT INTO domains (key, data) VALUES ($1, '{"name": "Domain"}')`, [key]);
  const keys = async () =>
    (await database.query<{ key: string }>('SELECT key FROM domains ORDER BY key')).map(({ key }) => key);
  const deadlock = () => Object.assign(new DatabaseError('deadlock detected', 6, 'error'), { code: '40P01' });

  beforeAll(async () => {
    t = await TestApp.start();
    database = t.app.get(Database);
  });
  beforeEach(() => t.sql('DELETE FROM domains'));
  afterAll(() => t.stop());

  it('commits a transaction as a whole, or rolls it back', async () => {
    await database.transaction(async () => {
      await insert('a');
      await insert('b');
      expect(await keys()).toEqual(['a', 'b']);
    });
    const failing = database.transaction(async () => {
      await insert('c');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await keys()).toEqual(['a', 'b']);
  });

  it('joins the open transaction', async () => {
    const failing = database.transaction(async () => {
      await database.transaction(() => insert('inner'));
      throw new Error('outer');
    });
    await expect(failing).rejects.toThrow('outer');
    expect(await keys()).toEqual([]);
  });

  it('retries a deadlock up to three times, each time from the start', async () => {
    let attempts = 0;
    const result = await database.transaction(async () => {
      await insert('once');
      if (++attempts < 4) throw deadlock();
      return 'done';
    });
    expect([result, attempts, await keys()]).toEqual(['done', 4, ['once']]);
  });

  it('throws write_contention when the last attempt fails', async () => {
    let attempts = 0;
    const failing = database.transaction(() => {
      attempts++;
      return Promise.reject(deadlock());
    });
    await expect(failing).rejects.toMatchObject({ code: 'write_contention', headers: { 'retry-after': '1' } });
    expect(attempts).toBe(4);
  });

  it('does not retry other errors', async () => {
    let attempts = 0;
    const failing = database.transaction(() => {
      attempts++;
      return database.query('SELECT 1 / 0');
    });
    await expect(failing).rejects.toThrow('division by zero');
    expect(attempts).toBe(1);
  });

  it('rolls back to the savepoint unless the work succeeds', async () => {
    const outcomes = await database.transaction(async () => [
      await database.rollbackUnless(async () => (await insert('undone'), false)),
      await database.rollbackUnless(async () => (await insert('done'), true)),
    ]);
    expect([outcomes, await keys()]).toEqual([[false, true], ['done']]);
  });

  it('streams from one snapshot, with at most a quarter of the pool', async () => {
    await t.sql(`INSERT INTO domains (key, data) SELECT 'k' || i, '{"name": "Domain"}' FROM generate_series(1, 120) i`);
    const streams = [database.stream('SELECT key FROM domains', []), database.stream('SELECT key FROM domains', [])];
    expect(() => database.stream('SELECT 1', [])).toThrow(expect.objectContaining({ code: 'overloaded' }) as Error);
    const counts = streams.map(async (stream) => {
      let count = 0;
      for await (const rows of stream as AsyncIterable<unknown[]>) {
        if (count === 0) await t.sql('DELETE FROM domains');
        count += rows.length;
      }
      return count;
    });
    expect((await Promise.all(counts))[0]).toBe(120);
    expect(database.connections.streams).toBe(0);
  });
});
