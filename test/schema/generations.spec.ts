import { Client } from 'pg';
import { DocumentStores } from '../../src/documents/document-stores';
import type { TestApp } from '../support/app';
import { startWithTerms } from '../resources/with-terms';
import { times } from '../support/concurrently';

type Numbers = Record<string, number>;

const insert = (resource: string, key: string) =>
  `INSERT INTO ${resource} (key, data) VALUES ('${key}', '{"name": "N", "key_results": []}')`;
const revise = (resource: string, version: number) =>
  `INSERT INTO revisions (resource, document_id, key, version, change, actor, request_id, changed_fields,
     breaking, data, created_at)
   VALUES ('${resource}', 1, 'k', ${version}, 'updated', 'a', 'r', '{}', false, '{}', now())`;

describe('generations', () => {
  let t: TestApp;
  let psql: Client;
  let resources: string[];

  beforeAll(async () => {
    t = await startWithTerms();
    resources = t.app.get(DocumentStores).all.map(({ definition }) => definition.resource);
    psql = new Client({ connectionString: t.database.url });
    await psql.connect();
  });
  afterAll(async () => {
    await psql.end();
    await t.stop();
  });

  const read = async (): Promise<Numbers> => {
    const sums = resources.map((resource) => `sum(${resource})::int AS ${resource}`);
    const { rows } = await psql.query<Numbers>(`SELECT ${sums.join(', ')} FROM cache_generations`);
    return rows[0] ?? {};
  };
  /** The increase of each generation; unchanged ones are omitted. */
  const growth = async (...statements: string[]): Promise<Numbers> => {
    const before = await read();
    for (const statement of statements) await psql.query(statement);
    const after = await read();
    return Object.fromEntries(
      resources.flatMap((resource) => {
        const grown = (after[resource] ?? 0) - (before[resource] ?? 0);
        return grown === 0 ? [] : [[resource, grown]];
      }),
    );
  };

  it('advance by one with each transaction that changes rows of the resource', async () => {
    for (const resource of resources) {
      const own = { [resource]: 1 };
      expect(await growth(insert(resource, 'one'))).toEqual(own);
      expect(await growth('BEGIN', insert(resource, 'two'), insert(resource, 'three'), 'COMMIT')).toEqual(own);
      expect(await growth(`UPDATE ${resource} SET data = data || '{"name": "M"}'`)).toEqual(own);
      expect(await growth(`DELETE FROM ${resource} WHERE key = 'three'`)).toEqual(own);
      expect(await growth(revise(resource, 1))).toEqual(own);
      expect(await growth(`UPDATE ${resource} SET data = data WHERE key = 'unknown'`)).toEqual({});
      expect(await growth(`SELECT * FROM ${resource} FOR UPDATE`)).toEqual({});
    }
  });

  it('advance together in a transaction that changes several resources', async () => {
    const statements = resources.flatMap((resource) => [insert(resource, 'four'), revise(resource, 2)]);
    expect(await growth('BEGIN', ...statements, 'COMMIT')).toEqual(
      Object.fromEntries(resources.map((resource) => [resource, 1])),
    );
  });

  it('advance with TRUNCATE', async () => {
    expect(await growth('TRUNCATE objectives')).toEqual({ objectives: 1 });
  });

  it('advance regardless of session settings', async () => {
    expect(
      await growth(`SET search_path = pg_catalog`, `UPDATE public.metrics SET data = data`, 'RESET search_path'),
    ).toEqual({ metrics: 1 });
    expect(
      await growth(
        'SET session_replication_role = replica',
        `UPDATE metrics SET data = data`,
        'RESET session_replication_role',
      ),
    ).toEqual({ metrics: 1 });
    expect(
      await growth(
        'BEGIN',
        'SET CONSTRAINTS ALL IMMEDIATE',
        `UPDATE metrics SET data = data`,
        insert('metrics', 'five'),
        'COMMIT',
      ),
    ).toEqual({ metrics: 1 });
  });

  it('do not advance on rollback, but advance when only a savepoint is rolled back', async () => {
    expect(await growth('BEGIN', insert('metrics', 'six'), 'ROLLBACK')).toEqual({});
    const undone = ['SAVEPOINT s', insert('metrics', 'seven'), 'SET CONSTRAINTS ALL IMMEDIATE', 'ROLLBACK TO s'];
    expect(await growth('BEGIN', ...undone, insert('metrics', 'eight'), 'COMMIT')).toEqual({ metrics: 1 });
  });

  it('cause no deadlock, whatever the order of writes', async () => {
    const writers = times(24, async (index) => {
      const client = new Client({ connectionString: t.database.url });
      await client.connect();
      const order = index % 2 === 0 ? ['domains', 'metrics'] : ['metrics', 'domains'];
      for (let round = 0; round < 10; round++) {
        await client.query('BEGIN');
        for (const resource of order) await client.query(insert(resource, `w-${index}-${round}`));
        await client.query('COMMIT');
      }
      await client.end();
    });
    await expect(Promise.all(writers)).resolves.toHaveLength(24);
  });

  it('are flushed at commit regardless of synchronous_commit', async () => {
    await psql.query('SET synchronous_commit = off');
    await psql.query('BEGIN');
    await psql.query(insert('metrics', 'flushed'));
    await psql.query('SET CONSTRAINTS ALL IMMEDIATE');
    const { rows } = await psql.query('SHOW synchronous_commit');
    await psql.query('COMMIT');
    await psql.query('RESET synchronous_commit');
    expect(rows).toEqual([{ synchronous_commit: 'local' }]);
  });

  it('accompany versions: a manual UPDATE that changes the representation increases the version', async () => {
    for (const resource of resources) {
      await psql.query(insert(resource, 'by-hand'));
      const versionAfter = async (change: string) => {
        const { rows } = await psql.query<{ version: number }>(
          `UPDATE ${resource} SET ${change} WHERE key = 'by-hand' RETURNING version`,
        );
        return rows[0]?.version;
      };
      expect(await versionAfter(`data = data || '{"name": "O"}'`)).toBe(2);
      expect(await versionAfter(`data = data || '{"name": "O"}'`)).toBe(2);
      expect(await versionAfter(`updated_at = updated_at + interval '1 s'`)).toBe(3);
      expect(await versionAfter(`deleted_at = now()`)).toBe(4);
      expect(await versionAfter(`unresolved_refs = '{metrics/x}'`)).toBe(4);
      expect(await versionAfter(`version = version + 1, deleted_at = NULL`)).toBe(5);
    }
  });

  it('refuse a write that could not advance a generation', async () => {
    await psql.query('BEGIN');
    await psql.query('DELETE FROM cache_generations');
    await psql.query(insert('metrics', 'nine'));
    await expect(psql.query('COMMIT')).rejects.toThrow(/lacks shard/);
    await psql.query('ROLLBACK');
  });
});
