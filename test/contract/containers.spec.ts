import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { hasProgram } from '../../dev/programs.ts';
import { describeWithNginx, LoadBalancer } from '../support/nginx';

interface Service {
  profiles?: string[];
  mem_limit?: string;
  cpus?: number;
  pids_limit?: number;
  logging?: { options?: Record<string, string> };
  security_opt?: string[];
  cap_drop?: string[];
  read_only?: boolean;
  ports?: string[];
  environment?: Record<string, string | number | null>;
}

const { services } = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
};
const all = Object.entries(services);
const always = all.filter(([, { profiles }]) => !profiles);

describe('docker-compose.yml', () => {
  it.each(all)('limits what %s may use and write into its log', (_, service) => {
    expect([service.mem_limit, service.cpus, service.pids_limit]).not.toContain(undefined);
    expect(service.logging?.options).toEqual({ 'max-size': '10m', 'max-file': '3' });
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
  });

  it.each(always)('gives %s no capability and no file system to write to', (_, service) => {
    expect([service.cap_drop, service.read_only]).toEqual([['ALL'], true]);
  });

  it('has one port, that of nginx', () => {
    expect(always.filter(([, { ports }]) => ports).map(([name]) => name)).toEqual(['nginx']);
  });

  it('has in its list of nginx the instances that there are', () => {
    const listed = [...readFileSync('ops/nginx/upstream.conf', 'utf8').matchAll(/^server ([^:]+):3000 /gm)];
    const instances = Object.keys(services).filter((name) => name.startsWith('api-'));
    expect(listed.map(([, name]) => name)).toEqual(instances);
  });

  it('has Prometheus scrape the instances that there are, where they give their instruments', () => {
    const { scrape_configs } = parse(readFileSync('ops/prometheus/prometheus.yml', 'utf8')) as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    const instances = Object.entries(services).filter(([name]) => name.startsWith('api-'));
    expect(scrape_configs[0]?.static_configs[0]?.targets).toEqual(
      instances.map(([name, { environment }]) => `${name}:${environment?.['METRICS_PORT']}`),
    );
  });

  it('holds no secret, only the files that have it', () => {
    for (const [name, { environment = {} }] of all)
      for (const [variable, value] of Object.entries(environment))
        if (/SECRET|PASSWORD|_URL/.test(variable))
          expect([name, variable, value]).toEqual([
            name,
            variable,
            variable.endsWith('_FILE') ? expect.stringMatching('^/run/secrets/') : '',
          ]);
  });

  it('keeps connections of nginx for less than half of the drain', () => {
    const [, upstream = ''] = /upstream api \{([^}]*)\}/.exec(readFileSync('ops/nginx/nginx.conf', 'utf8')) ?? [];
    const seconds = Number(/keepalive_timeout (\d+)s;/.exec(upstream)?.[1]);
    expect(seconds * 1000).toBeLessThan(Number(services['api-1']?.environment?.['SHUTDOWN_DRAIN_MS']) / 2);
  });
});

describe('Dockerfile', () => {
  it('has the Node of package.json', () => {
    const images = [...readFileSync('Dockerfile', 'utf8').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(new Set(images)).toEqual(new Set([`node:${manifest().dependencies['node']}-bookworm-slim`]));
  });

  it('runs the service as start:prod does', () => {
    const dockerfile = readFileSync('Dockerfile', 'utf8');
    const [, command = '[]'] = /^CMD (\[.*\])$/m.exec(dockerfile) ?? [];
    const [variables, flags] = dividedStart();
    expect(JSON.parse(command)).toEqual(['node', '--max-old-space-size-percentage=75', ...flags]);
    for (const variable of variables) expect(dockerfile).toContain(variable);
  });
});

/** The environment of start:prod, and the words after `exec node`. */
function dividedStart(): [string[], string[]] {
  const words = manifest().scripts['start:prod']?.split(' ') ?? [];
  return [words.slice(0, words.indexOf('exec')), words.slice(words.indexOf('node') + 1)];
}

const manifest = () =>
  JSON.parse(readFileSync('package.json', 'utf8')) as Record<'scripts' | 'dependencies', Record<string, string>>;

describeWithNginx('nginx, in front of an instance that', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  /** nginx before one instance, which does this to a connection. */
  async function before(treat: (connection: Socket) => void): Promise<LoadBalancer> {
    const instance = createServer((connection) => treat(connection.on('error', () => undefined)));
    await new Promise<void>((resolve) => instance.listen(0, '127.0.0.1', resolve));
    ends.push(() => instance.close());
    const balancer = await LoadBalancer.start([(instance.address() as AddressInfo).port], '500ms');
    ends.push(() => balancer.stop());
    return balancer;
  }

  /** The response to a write, and the line that nginx logs of it. */
  async function write(balancer: LoadBalancer, id: string) {
    const url = `http://127.0.0.1:${balancer.port}/api/v1/metrics?q=private`;
    const response = await fetch(url, { method: 'POST', headers: { 'x-request-id': id }, body: '{}' });
    const problem = (await response.json()) as { code: string; status: number; request_id: string };
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(problem.status).toBe(response.status);
    expect(response.headers.get('x-request-id')).toBe(problem.request_id);
    while (!balancer.log('stdout').includes(`"request_id":"${problem.request_id}"`)) await sleep(20);
    expect(balancer.log('stdout') + balancer.log('stderr')).not.toContain('private');
    return { ...problem, retryAfter: response.headers.get('retry-after') };
  }

  it('is not running, responds that the request can be sent again', async () => {
    const balancer = await LoadBalancer.start([1]);
    ends.push(() => balancer.stop());
    expect(await write(balancer, 'trace:1234')).toMatchObject({
      status: 503,
      code: 'not_ready',
      request_id: 'trace:1234',
      retryAfter: '1',
    });
  });

  it('closes the connection in the middle, does not suggest to repeat a write that may have been done', async () => {
    const balancer = await before((connection) => connection.once('data', () => connection.destroy()));
    expect(await write(balancer, 'trace:1234')).toMatchObject({ status: 503, code: 'not_ready', retryAfter: null });
  });

  it('does not respond, times out, and does not suggest to repeat a write that may have been done', async () => {
    const balancer = await before((connection) => connection.resume());
    expect(await write(balancer, 'trace:1234')).toMatchObject({ status: 504, code: 'timeout', retryAfter: null });
  });

  it.each(['short', 'with "quotes"', `mdl_${'a'.repeat(40)}`, 'a'.repeat(101)])(
    'is not there, makes an id of its own for %s',
    async (id) => {
      const balancer = await LoadBalancer.start([1]);
      ends.push(() => balancer.stop());
      expect((await write(balancer, id)).request_id).toMatch(/^[0-9a-f]{32}$/);
    },
  );
});

// `npm test` says in a line of its own what is skipped for want of an engine.
(hasProgram('docker') ? describe : describe.skip)('Docker', () => {
  const docker =
    (...args: string[]) =>
    () =>
      execFileSync('docker', args, { stdio: 'pipe' });

  it('finds docker-compose.yml valid', () => {
    expect(docker('compose', '--profile', '*', 'config', '--quiet')).not.toThrow();
  });

  it('has nothing to say against the Dockerfile', () => {
    expect(docker('build', '--check', '.')).not.toThrow();
  }, 60_000);
});
