import { Injectable } from '@nestjs/common';
import { HealthIndicators } from '../health/health-indicators';
import { Drain } from '../shutdown/drain';
import { EventLoop } from './event-loop';
import { readMemory } from './memory';

/** Share of the heap limit above which garbage collection takes most of the time. */
const HEAP_THRESHOLD = 0.9;
/** Half of the objective for request durations. */
const DELAY_THRESHOLD_MS = 100;

/** Registers the health indicators `memory`, `event_loop` and `drain`. */
@Injectable()
export class ProcessHealth {
  constructor(indicators: HealthIndicators, eventLoop: EventLoop, drain: Drain) {
    indicators.register({
      name: 'memory',
      check: () => {
        const details = readMemory();
        return details.heap_used_bytes < HEAP_THRESHOLD * details.heap_limit_bytes
          ? { state: 'up', details }
          : { state: 'degraded', message: 'The heap is nearly full.', details };
      },
    });
    indicators.register({
      name: 'event_loop',
      check: () => {
        const details = { ...eventLoop.read() };
        return details.delay_p99_ms < DELAY_THRESHOLD_MS
          ? { state: 'up', details }
          : { state: 'degraded', message: 'The event loop is blocked too long.', details };
      },
    });
    indicators.register({
      name: 'drain',
      check: () => (drain.isStopping ? { state: 'down', message: 'The service is shutting down.' } : { state: 'up' }),
    });
  }
}
