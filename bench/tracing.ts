import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpuAdded } from './cpu-added.ts';
import type { Options } from './options.ts';
import type { Result } from './result.ts';
import { type Mode, type Side, startService } from './sides.ts';

interface Traced {
  mode: Mode;
  settings: Record<string, string>;
}

const ONE_IN_TEN = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' };

/** What is measured, by its name. */
export const TRACING: [string, Traced][] = [
  ['tracing, list cached', { mode: 'strict', settings: {} }],
  ['tracing, list cached, one in ten', { mode: 'strict', settings: ONE_IN_TEN }],
  ['tracing, list uncached', { mode: 'uncached', settings: {} }],
];
const question = { path: '/api/v1/metrics', status: 200 };

/** What traces cost of a list: the service beside itself without. */
export async function measureTracing(
  name: string,
  { mode, settings }: Traced,
  untraced: Side,
  url: string,
  options: Options,
): Promise<Result> {
  const sink = createServer((request, response) => {
    request.resume().on('end', () => response.end());
  }).listen(0, '127.0.0.1');
  await once(sink, 'listening');
  const traced = await startService(url, mode, {
    ...settings,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(sink.address() as AddressInfo).port}`,
  });
  try {
    return await cpuAdded(name, { side: traced, question }, { side: untraced, question }, undefined, options);
  } finally {
    sink.close();
    sink.closeAllConnections();
  }
}
