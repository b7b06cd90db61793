import { Client } from 'pg';
import { Generations } from '../../src/generations/generations';
import { TestApp } from '../support/app';
import { times } from '../support/concurrently';

describe('the question for the generation', () => {
  let t: TestApp;
  let psql: Client;
  let generations: Generations;

  beforeAll(async () => {
    t = await TestApp.start();
    psql = new Client({ connectionString: t.database.url });
    await psql.connect();
    generations = t.app.get(Generations);
  });
  afterAll(async () => {
    await psql.end();
    await t.stop();
  });

  const tag = async () => (await generations.current()).tag(['metrics']);
  const write = () => psql.query(`INSERT INTO metrics (key, data) VALUES ('k' || gen_random_uuid(), '{"name": "N"}')`);

  it('is asked once for all who wait', async () => {
    await tag();
    const { queries } = generations.stats();
    const answers = await Promise.all(times(500, tag));
    expect(new Set(answers).size).toBe(1);
    // One that was under way for the first, one for all who came while it was.
    expect(generations.stats().queries - queries).toBeLessThanOrEqual(2);
  });

  it('is never answered by a statement that started before it was asked', async () => {
    for (let round = 0; round < 50; round++) {
      // Under way, and of no use to who comes later.
      const early = tag();
      const before = await tag();
      const racing = times(5, tag);
      await write();
      const after = await tag();
      expect(after).not.toBe(before);
      await Promise.all([early, ...racing]);
    }
  });

  it('is answered otherwise by another database with the same numbers', async () => {
    const other = await TestApp.start();
    try {
      expect((await other.app.get(Generations).current()).tag(['objectives'])).not.toBe(
        (await generations.current()).tag(['objectives']),
      );
    } finally {
      await other.stop();
    }
  });

  it('is answered otherwise by a table that was put back under an open connection', async () => {
    const before = await tag();
    expect(await tag()).toBe(before);
    for (const statement of [
      'BEGIN',
      'CREATE TEMP TABLE kept AS TABLE cache_generations',
      'TRUNCATE cache_generations',
      'INSERT INTO cache_generations SELECT * FROM kept',
      'COMMIT',
    ])
      await psql.query(statement);
    expect(await tag()).not.toBe(before);
  });

  it('needs no right but to read', async () => {
    await psql.query(`CREATE ROLE "reader of ${t.database.url.slice(-8)}" LOGIN PASSWORD 'reader'`);
    const role = `"reader of ${t.database.url.slice(-8)}"`;
    try {
      await psql.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
      const url = new URL(t.database.url);
      [url.username, url.password] = [role.slice(1, -1), 'reader'];
      const reader = await TestApp.start({}, { url: url.href, drop: () => Promise.resolve() });
      expect((await reader.get('/api/v1/metrics')).headers['x-cache']).toBe('MISS');
      expect((await reader.get('/api/v1/metrics')).headers['x-cache']).toBe('HIT');
      await reader.app.close();
    } finally {
      await psql.query(`DROP OWNED BY ${role}`);
      await psql.query(`DROP ROLE ${role}`);
    }
  });
});
