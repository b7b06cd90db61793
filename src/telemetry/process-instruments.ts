import { performance } from 'node:perf_hooks';
import { VERSION } from '../config/version';
import { Log } from '../logging/log';
import { COUNTED_LEVELS, type LogCounts } from '../logging/log-counts';
import { Drain } from '../shutdown/drain';
import { instruments, instrumentsOf } from './instruments';
import { LOG_CONTEXTS } from './log-contexts';
import type { Series } from './samples';

const { counter, gauge } = instrumentsOf(Drain, Log);

/** The process. Memory, CPU and event loop lag are prom-client's default metrics. */
export const processInstruments = instruments({
  mdl_build_info: gauge(
    'Version of the service and of Node.js; always 1',
    () => [[{ version: VERSION, node_version: process.version }, 1]],
    ['version', 'node_version'],
  ),
  mdl_draining: gauge('1 while the process is shutting down', (drain) => Number(drain.isStopping)),
  mdl_log_messages_total: counter(
    'Log messages of level warn and above, by level and logger context',
    (_, log) => messages(log.counts),
    ['level', 'context'],
  ),
  mdl_event_loop_active_seconds_total: counter(
    'Time that the event loop was active; its rate is the utilization',
    () => performance.eventLoopUtilization().active / 1000,
  ),
});

/** Starts each context at 0: `increase()` does not see the first sample of a series that begins at 1. */
function messages(logged: LogCounts): Series<number> {
  const initial = COUNTED_LEVELS.flatMap((level) => LOG_CONTEXTS.map((context) => [{ level, context }, 0] as const));
  return [...initial, ...[...logged.all()].map(([level, context, count]) => [{ level, context }, count] as const)];
}
