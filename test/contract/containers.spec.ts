import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { hasProgram } from '../../dev/programs.ts';

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
  it('runs the service as start:prod does', () => {
    const dockerfile = readFileSync('Dockerfile', 'utf8');
    const [, command = '[]'] = /^CMD (\[.*\])$/m.exec(dockerfile) ?? [];
    const [variables, flags] = dividedStart();
    expect(JSON.parse(command)).toEqual(['node', '--max-old-space-size-percentage=75', ...flags]);
    for (const variable of variables) expect(dockerfile).toContain(variable);
  });
});

/** The environment of start:prod, and the words after `node`. */
function dividedStart(): [string[], string[]] {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const words = scripts['start:prod']?.split(' ') ?? [];
  return [words.slice(0, words.indexOf('node')), words.slice(words.indexOf('node') + 1)];
}

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
