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

/** The scenarios by name. */
export const TRACING: [string, Traced][] = [
  ['tracing, list cached', { mode: 'strict', settings: {} }],
  ['tracing, list cached, one in ten', { mode: 'strict', settings: ONE_IN_TEN }],
  ['tracing, list uncached', { mode: 'uncached', settings: {} }],
];
const request = { path: '/api/v1/metrics', status: 200 };

/** Measures the cost of tracing for a list, compared with the same service without tracing. */
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
    return await cpuAdded(name, { side: traced, request }, { side: untraced, request }, undefined, options);
  } finally {
    sink.close();
    sink.closeAllConnections();
  }
}
