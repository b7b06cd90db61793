import { performance } from 'node:perf_hooks';
import type { Provider } from '@nestjs/common';
import type { Registry } from 'prom-client';
import { VERSION } from '../config/version';
import { Log } from '../logging/log';
import { COUNTED_LEVELS, type LogCounts } from '../logging/log-counts';
import { Drain } from '../shutdown/drain';
import { instrumentsOf } from './instruments';
import { LOG_CONTEXTS } from './log-contexts';
import type { Series } from './series';

/** The process. Memory, CPU and event loop lag are prom-client's default metrics. */
export function processInstruments(registry: Registry): Provider[] {
  const { counter, gauge } = instrumentsOf(registry, Drain, Log);
  return [
    gauge({
      name: 'mdl_build_info',
      help: 'Version of the service and of Node.js; always 1',
      labelNames: ['version', 'node_version'],
      read: () => [[{ version: VERSION, node_version: process.version }, 1]],
    }),
    gauge({
      name: 'mdl_draining',
      help: '1 while the process is shutting down',
      read: (drain) => Number(drain.isStopping),
    }),
    counter({
      name: 'mdl_log_messages_total',
      help: 'Log messages of level warn and above, by level and logger context',
      labelNames: ['level', 'context'],
      read: (_, log) => messages(log.counts),
    }),
    counter({
      name: 'mdl_event_loop_active_seconds_total',
      help: 'Time that the event loop was active; its rate is the utilization',
      read: () => performance.eventLoopUtilization().active / 1000,
    }),
  ];
}

/** Starts each context at 0: `increase()` does not see the first sample of a series that begins at 1. */
function messages(logged: LogCounts): Series<number> {
  const initial = COUNTED_LEVELS.flatMap((level) => LOG_CONTEXTS.map((context) => [{ level, context }, 0] as const));
  return [...initial, ...[...logged.all()].map(([level, context, count]) => [{ level, context }, count] as const)];
}
