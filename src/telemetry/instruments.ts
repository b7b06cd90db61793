import type { Abstract, FactoryProvider, Provider } from '@nestjs/common';
import { getToken, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { type Counter, type Gauge, type Metric, register, Registry } from 'prom-client';
import { histogramSamples, type Labels, type Series, seriesOf, summarySamples } from './samples';

/** Called at each scrape with the sources; returns one value, or one for each combination of labels. */
type Read<Sources extends object[], Value> = (...sources: Sources) => Value | Series<Value>;

/** None: prom-client's global registry is shared by all applications of a process. See `registryOf`. */
export const registers: Registry[] = [];

/** Provides the registry of an application: its instruments, and the default metrics of the process. */
export const registryOf = (instruments: readonly Provider[]): Provider => ({
  provide: Registry,
  inject: instruments.map((instrument) => (instrument as FactoryProvider).provide),
  useFactory: (...metrics: Metric[]) => {
    const registry = Registry.merge([register]);
    for (const metric of metrics) registry.registerMetric(metric);
    return registry;
  },
});

/**
 * Makes providers of instruments that are read at the scrape. The values are counted in plain fields of the sources, so
 * that serving a request never calls prom-client (docs/adr/0014-instruments-read-at-scrape.md).
 *
 * @param inject the providers that hold the values
 */
export function instrumentsOf<Sources extends object[]>(
  ...inject: { [Index in keyof Sources]: Abstract<Sources[Index]> }
) {
  const counted =
    (makeProvider: typeof makeCounterProvider | typeof makeGaugeProvider) =>
    (name: string, help: string, read: Read<Sources, number>, labelNames: string[] = []): Provider =>
      makeProvider({
        name,
        help,
        labelNames,
        registers,
        inject,
        collect(this: Counter | Gauge, ...sources: Sources) {
          this.reset();
          for (const [labels, value] of seriesOf(read(...sources))) this.inc(labels, value);
        },
      });

  /** An instrument without prom-client's own values: `observe()` looks up the labels each time, for a microsecond. */
  const sampled =
    <Value extends object>(type: string, samplesOf: (name: string, labels: Labels, value: Value) => object[]) =>
    (name: string, help: string, read: Read<Sources, Value>): Provider => {
      const samples = (sources: Sources) =>
        [...seriesOf(read(...sources))].flatMap(([labels, value]) => samplesOf(name, labels, value));
      return {
        provide: getToken(name),
        inject,
        useFactory: (...sources: Sources) => ({ name, get: () => ({ name, help, type, values: samples(sources) }) }),
      };
    };

  return {
    counter: counted(makeCounterProvider),
    gauge: counted(makeGaugeProvider),
    histogram: sampled('histogram', histogramSamples),
    summary: sampled('summary', summarySamples),
  };
}
