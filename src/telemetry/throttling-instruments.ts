import { Config } from '../config/config';
import { limitNames } from '../throttling/limits';
import { ThrottlingStats } from '../throttling/throttling-stats';
import { instruments, instrumentsOf } from './instruments';

const { counter } = instrumentsOf(ThrottlingStats, Config);

/** Rate limiting. */
export const throttlingInstruments = instruments({
  mdl_throttle_allowed_total: counter('Requests within the limits', ({ allowed }) => allowed),
  mdl_throttle_refused_total: counter(
    'Requests over a limit, by limit',
    ({ refused }, config) => {
      const zeros = Object.fromEntries(limitNames(config).map((name) => [name, 0]));
      return Object.entries({ ...zeros, ...refused }).map(([limit, count]) => [{ limit }, count]);
    },
    ['limit'],
  ),
  mdl_throttle_refunded_total: counter(
    'Requests refunded because the response was a 304 from the cache',
    ({ refunded }) => refunded,
  ),
  mdl_throttle_counted_alone_total: counter(
    'Requests counted by this instance alone because Redis was unavailable',
    ({ countedLocally }) => countedLocally,
  ),
});
