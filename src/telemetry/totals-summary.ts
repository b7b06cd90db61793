import { Summary, type SummaryConfiguration } from 'prom-client';
import { type Series, seriesOf } from './series';

/** The number of values and their sum. */
export interface Totals {
  count: number;
  sum: number;
}

/** A Prometheus summary without quantiles, whose count and sum are counted elsewhere. */
export class TotalsSummary extends Summary {
  /** @param read called at each scrape */
  constructor(
    private readonly configuration: SummaryConfiguration<string>,
    private readonly read: () => Totals | Series<Totals>,
  ) {
    super(configuration);
  }

  override async get() {
    const { name } = this.configuration;
    const values = [...seriesOf(this.read())].flatMap(([labels, { count, sum }]) => [
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    ]);
    return { ...(await super.get()), values };
  }
}
