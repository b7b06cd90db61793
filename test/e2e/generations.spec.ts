import { Client } from 'pg';
import { Generations } from '../../src/generations/generations';
import { TestApp } from '../support/app';
import { times } from '../support/concurrently';

describe('the generation query', () => {
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

  it('is coalesced', async () => {
    await tag();
    const { queries } = generations.stats();
    const tags = await Promise.all(times(500, tag));
    expect(new Set(tags).size).toBe(1);
    // One for the first request, and one for those that arrived while it ran.
    expect(generations.stats().queries - queries).toBeLessThanOrEqual(2);
  });

  it('never returns the result of a statement that started before the call', async () => {
    for (let round = 0; round < 50; round++) {
      // Its statement may start before the write.
      const early = tag();
      const before = await tag();
      const racing = times(5, tag);
      await write();
      const after = await tag();
      expect(after).not.toBe(before);
      await Promise.all([early, ...racing]);
    }
  });

  it('has another epoch in another database', async () => {
    const other = await TestApp.start();
    try {
      expect((await other.app.get(Generations).current()).tag(['objectives'])).not.toBe(
        (await generations.current()).tag(['objectives']),
      );
    } finally {
      await other.stop();
    }
  });

  it('has another epoch after the table was restored under an open connection', async () => {
    const before = await tag();
    expect(await tag()).toBe(before);
    for (const statement of [
      'BEGIN',
      'CREATE TEMP TABLE copy AS TABLE cache_generations',
      'TRUNCATE cache_generations',
      'INSERT INTO cache_generations SELECT * FROM copy',
      'COMMIT',
    ])
      await psql.query(statement);
    expect(await tag()).not.toBe(before);
  });

  it('needs the privilege SELECT only', async () => {
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
