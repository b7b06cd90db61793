import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGuarded, type GuardedProcess } from '../../dev/guarded-process.ts';
import { tryPort } from '../../dev/ports.ts';
import { hasProgram } from '../../dev/programs.ts';

/** `describe` for tests that start nginx; skipped, with a line of `npm test`, where it is not installed. */
export const describeWithNginx = (name: string, tests: () => void): void =>
  (hasProgram('nginx') ? describe : describe.skip)(name, tests);

/** nginx with the configuration of ops/nginx/ in front of the instances of a test. */
export class LoadBalancer {
  private constructor(
    readonly port: number,
    private readonly nginx: GuardedProcess,
    private readonly folder: string,
  ) {}

  static async start(instances: readonly number[], readTimeout = '60s'): Promise<LoadBalancer> {
    const folder = mkdtempSync(join(tmpdir(), 'mdl-nginx-'));
    // Workers run as another user where the test runs as root.
    chmodSync(folder, 0o755);
    const port = (await tryPort(0, '127.0.0.1')) ?? 0;
    const settings = readFileSync('ops/nginx/nginx.conf', 'utf8')
      .replace('listen 8080', `listen 127.0.0.1:${port}`)
      .replace('proxy_read_timeout 60s', `proxy_read_timeout ${readTimeout}`)
      .replaceAll(/\/tmp\/|\/dev\/(?=std)/g, `${folder}/`);
    const config = join(folder, 'nginx.conf');
    writeFileSync(config, isOld() ? settings.replace(/^.*keepalive_min_timeout.*\n/m, '') : settings);
    const servers = instances.map((instance) => `server 127.0.0.1:${instance} max_fails=0;\n`);
    writeFileSync(join(folder, 'upstream.conf'), servers.join(''));
    const nginx = startGuarded('nginx', ['-c', config, '-e', join(folder, 'stderr'), '-g', 'daemon off;'], {
      remove: folder,
    });
    const balancer = new LoadBalancer(port, nginx, folder);
    await balancer.listening();
    return balancer;
  }

  /** The access log or the error log so far. */
  log(of: 'stdout' | 'stderr'): string {
    return readFileSync(join(this.folder, of), 'utf8');
  }

  stop(): Promise<void> {
    return this.nginx.stop();
  }

  private async listening(): Promise<void> {
    const ended = this.nginx.exited.then((code) => {
      throw new Error(`nginx ended with ${code}: ${this.log('stderr')}`);
    });
    // The stop at the end is not an error.
    ended.catch(() => undefined);
    const responds = async () => {
      while (!(await fetch(`http://127.0.0.1:${this.port}/health/live`).catch(() => false))) await sleep(20);
    };
    await Promise.race([responds(), ended]);
  }
}

/** Debian 12 has 1.22; `keepalive_min_timeout` came with 1.27.4 and matters for reloads alone. */
function isOld(): boolean {
  const [, major = 0, minor = 0, patch = 0] =
    /nginx\/(\d+)\.(\d+)\.(\d+)/.exec(spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr) ?? [];
  return Number(major) * 1e6 + Number(minor) * 1e3 + Number(patch) < 1_027_004;
}
