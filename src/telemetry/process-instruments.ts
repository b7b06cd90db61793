import { performance } from 'node:perf_hooks';
import { Injectable } from '@nestjs/common';
import { VERSION } from '../config/version';
import { Drain } from '../shutdown/drain';
import { Log } from '../logging/log';
import { COUNTED_LEVELS, type LogCounts } from '../logging/log-counts';
import { type Labelled, Series } from './series';

/** Who logs what goes wrong. At 0 from the start: what begins with the first message is no rise that `increase()` could see. */
const CONTEXTS = [
  'ApiKeys',
  'CacheWarmer',
  'DocumentInstruments',
  'Generations',
  'GuardedRedis',
  'HealthIndicators',
  'IdentityProvider',
  'Problem',
  'ProviderKeys',
  'ScrapeServer',
  'RedisCache',
  'Shutdown',
  'Tracing',
];

/** The process, and what it says of itself; memory, CPU and the lag of the event loop come from prom-client. */
@Injectable()
export class ProcessInstruments {
  constructor(series: Series, drain: Drain, log: Log) {
    series.gauge({
      name: 'mdl_build_info',
      help: 'What runs',
      read: () => [[{ version: VERSION, node_version: process.version }, 1]],
    });
    series.gauge({
      name: 'mdl_draining',
      help: 'Whether the process is stopping',
      read: () => Number(drain.isStopping),
    });
    series.counter({
      name: 'mdl_log_messages_total',
      help: 'Lines of level warn and above, by the class that logs: failures in the background have one each',
      read: () => messages(log.counts),
    });
    series.counter({
      name: 'mdl_event_loop_active_seconds_total',
      help: 'Time in which the event loop did something; its rate is the utilisation',
      read: () => performance.eventLoopUtilization().active / 1000,
    });
  }
}

function messages(logged: LogCounts): Labelled<number> {
  const counts = new Map(COUNTED_LEVELS.map((level) => [level, new Map(CONTEXTS.map((context) => [context, 0]))]));
  for (const [level, context, count] of logged.all()) counts.get(level)?.set(context, count);
  return [...counts].flatMap(([level, of]) => [...of].map(([context, count]) => [{ level, context }, count] as const));
}
