import { Controller, Get, Header, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/roles/requires.decorator';
import { CacheCounts } from '../cache/cache-counts';
import { VERSION } from '../config/version';
import type { Distribution } from '../instrumentation/distribution';
import { RequestCompletion } from '../instrumentation/request-completion';
import { ApiProblems } from '../problems/problem-documentation';
import { EventLoop } from '../telemetry/event-loop';
import { HttpMeasurements } from '../telemetry/http-measurements';
import { readMemory } from '../telemetry/memory';
import { type DurationsDto, RuntimeSummaryDto } from './runtime-summary.dto';

const TOP_ROUTES = 10;

/** The main metrics of this instance as JSON. */
@ApiTags('operations')
@Controller({ path: 'api/metrics', version: VERSION_NEUTRAL })
export class RuntimeController {
  constructor(
    private readonly http: HttpMeasurements,
    private readonly completion: RequestCompletion,
    private readonly cache: CacheCounts,
    private readonly eventLoop: EventLoop,
  ) {}

  @Get()
  @Requires('viewer')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'readRuntimeSummary',
    summary: 'Get requests, latencies, errors, cache and memory of this instance',
    description: 'The most important values of the Prometheus metrics, as JSON.',
  })
  @ApiResponse({ status: 200, description: 'Values since the start of the process.', type: RuntimeSummaryDto })
  @ApiProblems('invalid_parameter')
  read(): RuntimeSummaryDto {
    const { total, recent, requested } = this.http;
    const uptime = process.uptime();
    return {
      version: VERSION,
      uptime_seconds: Math.round(uptime),
      requests: {
        total: total.requests,
        in_flight: this.completion.inFlight,
        per_second: round(recent.perSecond),
        per_second_overall: round(total.requests / uptime),
        error_rate: total.requests === 0 ? null : total.errors / total.requests,
        duration_ms: durationsOf(total.seconds),
        statuses: [...total.statuses]
          .filter(([, count]) => count > 0)
          .sort(([a], [b]) => a - b)
          .map(([status, count]) => ({ status, count })),
      },
      top_routes: requested
        .sort((a, b) => b.requests - a.requests)
        .slice(0, TOP_ROUTES)
        .map(({ labels, requests, errors, seconds }) => ({
          ...labels,
          requests,
          errors,
          duration_ms: durationsOf(seconds),
        })),
      cache: this.cache.total(),
      memory: readMemory(),
      event_loop: this.eventLoop.read(),
    };
  }
}

function durationsOf(seconds: Distribution): DurationsDto {
  const milliseconds = (value: number | null) => (value === null ? null : round(value * 1000));
  return {
    average: milliseconds(seconds.count === 0 ? null : seconds.sum / seconds.count),
    p50: milliseconds(seconds.quantile(0.5)),
    p95: milliseconds(seconds.quantile(0.95)),
    p99: milliseconds(seconds.quantile(0.99)),
  };
}

const round = (value: number) => Math.round(value * 1000) / 1000;
