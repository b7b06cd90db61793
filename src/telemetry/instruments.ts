import type { Abstract, Provider } from '@nestjs/common';
import { getToken, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Registry } from 'prom-client';
import type { Distribution } from '../instrumentation/distribution';
import { DistributionHistogram } from './distribution-histogram';
import { type Series, seriesOf } from './series';
import { type Totals, TotalsSummary } from './totals-summary';

interface Instrument<Sources extends object[], Value> {
  name: string;
  help: string;
  labelNames?: string[];
  /** Called at each scrape with the sources; returns one value, or one for each combination of labels. */
  read: (...sources: Sources) => Value | Series<Value>;
}

/**
 * Makes providers of instruments that are read at the scrape. The values are counted in plain fields of the sources, so
 * that serving a request never calls prom-client (docs/adr/0014-instruments-read-at-scrape.md).
 *
 * @param registry the registry of the application; prom-client's global one is shared by all of a process
 * @param inject the providers that hold the values
 */
export function instrumentsOf<Sources extends object[]>(
  registry: Registry,
  ...inject: { [Index in keyof Sources]: Abstract<Sources[Index]> }
) {
  const registers = [registry];
  return {
    counter: ({ read, ...options }: Instrument<Sources, number>): Provider =>
      makeCounterProvider({
        ...options,
        registers,
        inject,
        collect(...sources: Sources) {
          this.reset();
          for (const [labels, value] of seriesOf(read(...sources))) this.inc(labels, value);
        },
      }),

    gauge: ({ read, ...options }: Instrument<Sources, number>): Provider =>
      makeGaugeProvider({
        ...options,
        registers,
        inject,
        collect(...sources: Sources) {
          this.reset();
          for (const [labels, value] of seriesOf(read(...sources))) this.set(labels, value);
        },
      }),

    histogram: ({ read, ...options }: Instrument<Sources, Distribution>): Provider => ({
      provide: getToken(options.name),
      inject,
      useFactory: (...sources: Sources) => new DistributionHistogram({ ...options, registers }, () => read(...sources)),
    }),

    summary: ({ read, ...options }: Instrument<Sources, Totals>): Provider => ({
      provide: getToken(options.name),
      inject,
      useFactory: (...sources: Sources) => new TotalsSummary({ ...options, registers }, () => read(...sources)),
    }),
  };
}
