import { Injectable } from '@nestjs/common';
import { Drain } from '../shutdown/drain';
import { HealthIndicators } from '../health/health-indicators';
import { EventLoop } from './event-loop';
import { readMemory } from './memory';

/** Of the limit of the heap, where collections begin to take over. */
const MUCH_HEAP = 0.9;
/** A loop that is late by half an objective keeps none. */
const LATE_MS = 100;

/** Memory, event loop, and whether the process is on its way out. */
@Injectable()
export class ProcessHealth {
  constructor(indicators: HealthIndicators, eventLoop: EventLoop, drain: Drain) {
    indicators.register({
      name: 'memory',
      check: () => {
        const details = readMemory();
        return details.heap_used_bytes < MUCH_HEAP * details.heap_limit_bytes
          ? { state: 'up', details: { ...details } }
          : { state: 'degraded', message: 'The heap is nearly full.', details: { ...details } };
      },
    });
    indicators.register({
      name: 'event_loop',
      check: () => {
        const details = eventLoop.readings;
        return details.delay_p99_ms < LATE_MS
          ? { state: 'up', details }
          : { state: 'degraded', message: 'The event loop is held up.', details };
      },
    });
    indicators.register({
      name: 'drain',
      check: () => (drain.isStopping ? { state: 'down', message: 'The service is stopping.' } : { state: 'up' }),
    });
  }
}
