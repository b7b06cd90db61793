import { Injectable } from '@nestjs/common';
import { CacheCounts } from '../cache/cache-counts';
import { VERSION } from '../config/version';
import { Distribution } from '../instrumentation/distribution';
import { RequestCompletion } from '../instrumentation/request-completion';
import { EventLoop } from '../telemetry/event-loop';
import { DURATION_SECONDS, HttpMeasurements, type RouteMeasurements } from '../telemetry/http-measurements';
import { readMemory } from '../telemetry/memory';
import type { DurationsDto, RuntimeSummaryDto, TopRouteDto } from './runtime-summary.dto';

const TOP_ROUTES = 10;

/** Summarizes the measurements of this instance as JSON. */
@Injectable()
export class RuntimeSummary {
  constructor(
    private readonly http: HttpMeasurements,
    private readonly completion: RequestCompletion,
    private readonly cache: CacheCounts,
    private readonly eventLoop: EventLoop,
  ) {}

  read(): RuntimeSummaryDto {
    const routes = this.http.requested;
    const durations = Distribution.together(
      DURATION_SECONDS,
      routes.map(({ seconds }) => seconds),
    );
    const statuses = new Map<number, number>();
    for (const route of routes)
      for (const [status, count] of route.statuses) statuses.set(status, (statuses.get(status) ?? 0) + count);
    const total = routes.reduce((sum, { requests }) => sum + requests, 0);
    const uptime = process.uptime();
    return {
      version: VERSION,
      uptime_seconds: Math.round(uptime),
      requests: {
        total,
        in_flight: this.completion.inFlight,
        per_second: round(this.http.recent.perSecond),
        per_second_overall: round(total / uptime),
        error_rate: total === 0 ? null : errorsOf(statuses) / total,
        duration_ms: durationsOf(durations),
        statuses: [...statuses]
          .filter(([, count]) => count > 0)
          .sort(([a], [b]) => a - b)
          .map(([status, count]) => ({ status, count })),
      },
      top_routes: routes
        .sort((a, b) => b.requests - a.requests)
        .slice(0, TOP_ROUTES)
        .map(topRoute),
      cache: this.cache.total(),
      memory: readMemory(),
      event_loop: this.eventLoop.read(),
    };
  }
}

const topRoute = ({ labels, requests, seconds, statuses }: RouteMeasurements): TopRouteDto => ({
  ...labels,
  requests,
  errors: errorsOf(statuses),
  duration_ms: durationsOf(seconds),
});

function errorsOf(statuses: Map<number, number>): number {
  let errors = 0;
  for (const [status, count] of statuses) if (status >= 500) errors += count;
  return errors;
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
