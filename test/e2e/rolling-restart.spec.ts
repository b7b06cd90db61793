import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { tryPort } from '../../dev/ports.ts';
import { HttpClient } from '../consistency/http-client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { describeWithNginx, LoadBalancer } from '../support/nginx';
import { compileService, Service } from '../support/service';

/** As shipped: the drain belongs to the time for which nginx keeps idle connections. */
const DRAIN_MS = Number(/SHUTDOWN_DRAIN_MS: (\d+)/.exec(readFileSync('docker-compose.yml', 'utf8'))?.[1]);
const BUSY_CLIENTS = 12;
/** Pauses between the requests of a client, in ms: on both sides of nginx's time for idle connections. */
const PAUSES = [1500, 1900, 2000, 2100, 2500];

describeWithNginx('a rolling restart behind nginx', () => {
  let database: TestDatabase;
  let balancer: LoadBalancer;
  let ports: number[];
  const services: Service[] = [];
  let stopping = false;
  const failures: string[] = [];
  let requests = 0;
  const created: string[] = [];
  let exports = 0;

  const start = async (index: number) => {
    services[index] = new Service({
      DATABASE_URL: database.url,
      PORT: String(ports[index]),
      AUTH_ANONYMOUS_ROLE: 'admin',
      TRUST_PROXY_HOPS: '1',
      THROTTLE_ENABLED: 'false',
      SHUTDOWN_DRAIN_MS: String(DRAIN_MS),
    });
    await services[index].url();
  };

  beforeAll(async () => {
    await compileService();
    database = await createTestDatabase();
    await promisify(execFile)(process.execPath, ['.build/commands/seed.js', '--metrics', '4000'], {
      env: { DATABASE_URL: database.url },
    });
    ports = [(await tryPort(0, '127.0.0.1')) ?? 0, (await tryPort(0, '127.0.0.1')) ?? 0];
    await Promise.all(ports.map((_, index) => start(index)));
    balancer = await LoadBalancer.start(ports);
  }, 300_000);
  afterAll(async () => {
    await balancer.stop();
    for (const service of services) service.signal('SIGKILL');
    await database.drop();
  });

  /** One keep-alive connection; every third request creates a metric by a POST, which must not be retried. */
  async function client(name: string, pauseMs: number): Promise<void> {
    const http = new HttpClient(balancer.port);
    for (let turn = 0; !stopping; turn++) {
      const id = `${name}-${turn}`;
      const isWrite = turn % 3 === 0;
      try {
        const { status } = isWrite
          ? await http.send('POST', '/api/v1/metrics', {}, { metric_id: id, name: id })
          : await http.send('GET', `/api/v1/metrics?limit=5&page=${1 + (turn % 50)}`);
        if (isWrite && status === 201) created.push(id);
        if (status !== (isWrite ? 201 : 200)) failures.push(`${id}: ${status}`);
      } catch (error) {
        failures.push(`${id}: ${String(error)}`);
      }
      requests++;
      await sleep(pauseMs);
    }
    http.close();
  }

  /** Reads exports, each for some seconds; whole is what ends with its count. */
  async function slowReader(): Promise<void> {
    while (!stopping) {
      try {
        const response = await fetch(`http://127.0.0.1:${balancer.port}/api/v1/metrics/export`);
        let end = '';
        for await (const chunk of response.body ?? []) {
          end = (end + Buffer.from(chunk).toString()).slice(-100);
          await sleep(20);
        }
        if (!/\n\{"count":\d{4,}\}\n$/.test(end)) failures.push(`export: ${response.status} …${end}`);
      } catch (error) {
        failures.push(`export: ${String(error)}`);
      }
      exports++;
    }
  }

  async function stored(keys: string[]): Promise<number> {
    const sql = new Client({ connectionString: database.url });
    await sql.connect();
    const { rowCount } = await sql.query('SELECT FROM metrics WHERE key = ANY ($1)', [keys]);
    await sql.end();
    return rowCount ?? 0;
  }

  it('fails no request, cuts no export, loses no write, and stops each instance within the drain and two seconds', async () => {
    const load = [
      ...Array.from({ length: BUSY_CLIENTS }, (_, index) => client(`busy-${index}`, 5)),
      ...PAUSES.map((pause) => client(`pausing-${pause}`, pause)),
      slowReader(),
    ];
    const stops: number[] = [];
    for (const [index, service] of [...services].entries()) {
      await sleep(1000);
      const before = performance.now();
      service.signal('SIGTERM');
      expect([await service.exitCode(), service.stderr]).toEqual([0, '']);
      stops.push(performance.now() - before);
      await start(index);
    }
    await sleep(1000);
    stopping = true;
    await Promise.all(load);

    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(500);
    expect(exports).toBeGreaterThan(2);
    for (const stop of stops) expect(stop).toBeLessThan(DRAIN_MS + 2000);
    expect(await stored(created)).toBe(created.length);
    console.log(
      `${requests} requests, ${created.length} of them writes, and ${exports} exports over two restarts; stopped in`,
      stops.map((ms) => `${Math.round(ms)} ms`).join(' and '),
    );
  }, 90_000);
});
