import type { Provider } from '@nestjs/common';
import type { Registry } from 'prom-client';
import { Config } from '../config/config';
import { limitNames } from '../throttling/limits';
import { ThrottlingStats } from '../throttling/throttling-stats';
import { instrumentsOf } from './instruments';

/** Rate limiting. */
export function throttlingInstruments(registry: Registry): Provider[] {
  const { counter } = instrumentsOf(registry, ThrottlingStats, Config);
  return [
    counter({ name: 'mdl_throttle_allowed_total', help: 'Requests within the limits', read: ({ allowed }) => allowed }),
    counter({
      name: 'mdl_throttle_refused_total',
      help: 'Requests over a limit, by limit',
      labelNames: ['limit'],
      read: ({ refused }, config) => {
        const zeros = Object.fromEntries(limitNames(config).map((name) => [name, 0]));
        return Object.entries({ ...zeros, ...refused }).map(([limit, count]) => [{ limit }, count]);
      },
    }),
    counter({
      name: 'mdl_throttle_refunded_total',
      help: 'Requests refunded because the response was a 304 from the cache',
      read: ({ refunded }) => refunded,
    }),
    counter({
      name: 'mdl_throttle_counted_alone_total',
      help: 'Requests counted by this instance alone because Redis was unavailable',
      read: ({ countedLocally }) => countedLocally,
    }),
  ];
}
