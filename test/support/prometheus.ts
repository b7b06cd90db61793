import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { type GuardedProcess, startGuarded } from '../../dev/guarded-process.ts';
import { tryPort } from '../../dev/ports.ts';

const FOLDER = 'ops/prometheus';

interface Config {
  global: Record<string, string>;
  rule_files: string[];
  alerting?: unknown;
  scrape_configs: { static_configs: { targets: string[] }[] }[];
}

/** A Prometheus with the shipped configuration, except that it scrapes one target every second. */
export class PrometheusServer {
  private constructor(
    private readonly process: GuardedProcess,
    readonly url: string,
  ) {}

  static async start(target: string): Promise<PrometheusServer> {
    const folder = mkdtempSync(join(tmpdir(), 'mdl-prometheus-'));
    const config = parse(readFileSync(join(FOLDER, 'prometheus.yml'), 'utf8')) as Config;
    config.global = { scrape_interval: '1s', evaluation_interval: '1s' };
    config.rule_files = config.rule_files.map((file) => resolve(FOLDER, file));
    delete config.alerting;
    for (const { static_configs } of config.scrape_configs) static_configs[0] = { targets: [target] };
    writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
    const address = `127.0.0.1:${await tryPort(0, '127.0.0.1')}`;
    const args = [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=${address}`,
    ];
    const process = startGuarded('prometheus', args, { remove: folder });
    await new Promise<void>((ready, fail) => {
      let log = '';
      for (const stream of process.output)
        stream.setEncoding('utf8').on('data', (text: string) => {
          log = (log + text).slice(-10_000);
          if (log.includes('Server is ready to receive web requests')) ready();
        });
      void process.exited.then(() => fail(new Error(`prometheus ended: ${log}`)));
    });
    return new PrometheusServer(process, `http://${address}`);
  }

  /** The current values of an expression, without NaN. */
  async query(query: string): Promise<number[]> {
    const { result } = await this.get<{ result: { value: [number, string] }[] }>(
      `query?${new URLSearchParams({ query }).toString()}`,
    );
    return result.map(({ value }) => Number(value[1])).filter((value) => !Number.isNaN(value));
  }

  /** All alerting and recording rules. */
  async rules(): Promise<{ name: string; query: string; health: string; type: string; state?: string }[]> {
    const { groups } = await this.get<{ groups: { rules: Awaited<ReturnType<PrometheusServer['rules']>> }[] }>('rules');
    return groups.flatMap(({ rules }) => rules);
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  private async get<Data>(path: string): Promise<Data> {
    const response = await fetch(`${this.url}/api/v1/${path}`);
    const { data, error } = (await response.json()) as { data?: Data; error?: string };
    if (data === undefined) throw new Error(`${path}: ${error}`);
    return data;
  }
}
