import { spawnSync } from 'node:child_process';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { compileService, Service } from '../support/service';

/** Programs of this repository that use the TypeScript client, against instances as separate processes. */
describe('programs with the TypeScript client', () => {
  const databases: TestDatabase[] = [];
  const services: Service[] = [];
  let urls: string[];

  beforeAll(async () => {
    await compileService();
    for (let count = 0; count < 2; count++) databases.push(await createTestDatabase());
    // Two instances on the first database, one on another.
    for (const database of [databases[0], databases[0], databases[1]])
      services.push(
        new Service({ DATABASE_URL: database?.url ?? '', AUTH_ANONYMOUS_ROLE: 'admin', THROTTLE_ENABLED: 'false' }),
      );
    urls = await Promise.all(services.map((service) => service.url()));
  });
  afterAll(async () => {
    for (const service of services) service.signal('SIGKILL');
    for (const database of databases) await database.drop();
  });

  const run = (script: string, environment: Record<string, string>) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
      env: { ...process.env, MDL_KEY: '', ...environment },
      encoding: 'utf8',
    });
    return { status, output: stdout + stderr };
  };

  it('ops/check-two-instances.ts finds no stale read between instances of one database', () => {
    const { status, output } = run('ops/check-two-instances.ts', {
      INSTANCES: urls.slice(0, 2).join(),
      WRITES: '20',
    });
    expect([status, output]).toEqual([0, expect.stringMatching(/^20 writes, .*: 0 stale\n$/)]);
  });

  it('ops/check-two-instances.ts fails for instances that do not share a database', () => {
    const { status, output } = run('ops/check-two-instances.ts', { INSTANCES: urls.slice(1).join(), WRITES: '1' });
    expect([status, output]).toEqual([1, expect.stringContaining('not_found')]);
  });

  it('npm run smoke uses every method on a service, and leaves no document', async () => {
    const { status, output } = run('dev/smoke.ts', { BASE_URL: urls[0] ?? '' });
    expect([status, output]).toEqual([0, expect.stringContaining('The service works.')]);
    const { data } = (await (await fetch(`${urls[0]}/api/v1/metrics?q=smoke`)).json()) as { data: object[] };
    expect(data).toEqual([]);
  });
});
