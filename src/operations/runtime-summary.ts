import { Injectable } from '@nestjs/common';
import { CacheCounts } from '../cache/cache-counts';
import { VERSION } from '../config/version';
import { RequestCompletion } from '../instrumentation/request-completion';
import { Distribution } from '../instrumentation/distribution';
import { EventLoop } from '../telemetry/event-loop';
import { DURATION_SECONDS, HttpInstruments, type RouteReadings } from '../telemetry/http-instruments';
import { readMemory } from '../telemetry/memory';
import type { DurationsDto, RuntimeSummaryDto, TopRouteDto } from './runtime-summary.dto';

const TOP_ROUTES = 10;

/** What the instruments say, for people and scripts. */
@Injectable()
export class RuntimeSummary {
  constructor(
    private readonly http: HttpInstruments,
    private readonly ends: RequestCompletion,
    private readonly cache: CacheCounts,
    private readonly eventLoop: EventLoop,
  ) {}

  read(): RuntimeSummaryDto {
    const { all } = this.http;
    const seconds = Distribution.together(
      DURATION_SECONDS,
      all.map((route) => route.seconds),
    );
    const statuses = new Map<number, number>();
    for (const route of all)
      for (const [status, count] of route.statuses) statuses.set(status, (statuses.get(status) ?? 0) + count);
    const total = all.reduce((sum, { requests }) => sum + requests, 0);
    const uptime = process.uptime();
    return {
      version: VERSION,
      uptime_seconds: Math.round(uptime),
      requests: {
        total,
        in_flight: this.ends.inFlight,
        per_second: round(this.http.recent.perSecond),
        per_second_overall: round(total / uptime),
        error_rate: total === 0 ? null : errorsOf(statuses) / total,
        duration_ms: durationsOf(seconds),
        statuses: [...statuses]
          .filter(([, count]) => count > 0)
          .sort(([a], [b]) => a - b)
          .map(([status, count]) => ({ status, count })),
      },
      top_routes: all
        .sort((a, b) => b.requests - a.requests)
        .slice(0, TOP_ROUTES)
        .map(topRoute),
      cache: this.cache.total(),
      memory: readMemory(),
      event_loop: this.eventLoop.readings,
    };
  }
}

const topRoute = ({ method, route, requests, seconds, statuses }: RouteReadings): TopRouteDto => ({
  method,
  route,
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
