import { Config } from '../config/config';
import { limitNames } from '../throttling/limits';
import { ThrottlingStats } from '../throttling/throttling-stats';
import { instrumentsOf } from './instruments';

const { counter } = instrumentsOf(ThrottlingStats, Config);

/** Rate limiting. */
export const throttlingInstruments = [
  counter('mdl_throttle_allowed_total', 'Requests within the limits', ({ allowed }) => allowed),
  counter(
    'mdl_throttle_refused_total',
    'Requests over a limit, by limit',
    ({ refused }, config) => {
      const zeros = Object.fromEntries(limitNames(config).map((name) => [name, 0]));
      return Object.entries({ ...zeros, ...refused }).map(([limit, count]) => [{ limit }, count]);
    },
    ['limit'],
  ),
  counter(
    'mdl_throttle_refunded_total',
    'Requests refunded because the response was a 304 from the cache',
    ({ refunded }) => refunded,
  ),
  counter(
    'mdl_throttle_counted_alone_total',
    'Requests counted by this instance alone because Redis was unavailable',
    ({ countedLocally }) => countedLocally,
  ),
];
