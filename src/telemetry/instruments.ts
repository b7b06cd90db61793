import type { Abstract, FactoryProvider, Provider } from '@nestjs/common';
import { getToken, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { type Counter, type Gauge, type Metric, register, Registry } from 'prom-client';
import { histogramSamples, type Labels, type Series, seriesOf, summarySamples } from './samples';

/** Called at each scrape with the sources; returns one value, or one for each combination of labels. */
type Read<Sources extends object[], Value> = (...sources: Sources) => Value | Series<Value>;

/** Makes the provider of an instrument of this name. */
type Declaration = (name: string) => Provider;

/** The providers of instruments by name. */
export const instruments = (declarations: Record<string, Declaration>): Provider[] =>
  Object.entries(declarations).map(([name, declare]) => declare(name));

/** None: prom-client's global registry is shared by all applications of a process. See `registryOf`. */
export const registers: Registry[] = [];

/** Provides the registry of an application: its instruments, and the default metrics of the process. */
export const registryOf = (providers: readonly Provider[]): Provider => ({
  provide: Registry,
  inject: providers.map((provider) => (provider as FactoryProvider).provide),
  useFactory: (...metrics: Metric[]) => {
    const registry = Registry.merge([register]);
    for (const metric of metrics) registry.registerMetric(metric);
    return registry;
  },
});

/**
 * Declares instruments that are read at the scrape. The values are counted in plain fields of the sources, so
 * that serving a request never calls prom-client (docs/adr/0014-instruments-read-at-scrape.md).
 *
 * @param inject the providers that hold the values
 */
export function instrumentsOf<Sources extends object[]>(
  ...inject: { [Index in keyof Sources]: Abstract<Sources[Index]> }
) {
  const counted =
    (makeProvider: typeof makeCounterProvider | typeof makeGaugeProvider) =>
    (help: string, read: Read<Sources, number>, labelNames: string[] = []): Declaration =>
    (name) =>
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
    (help: string, read: Read<Sources, Value>): Declaration =>
    (name) => {
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
