import { Injectable } from '@nestjs/common';
import type { Author } from '../../identity/author';
import { TRANSITIONS } from '../../metrics/metric.rules';
import type { MetricStatus } from '../../metrics/metric.values';
import { MetricsService } from '../../metrics/metrics.service';

/** Changes the status of metrics for an import, by the transitions of their lifecycle. */
@Injectable()
export class MetricLifecycle {
  constructor(private readonly metrics: MetricsService) {}

  /** @throws Problem 409, 422 if the metric cannot have the status; nothing was written by the last transition then */
  async moveTo(key: string, from: string | undefined, to: string, reason: string, author: Author): Promise<void> {
    const write = { key, preconditions: {}, author };
    for (const step of pathBetween((from ?? 'draft') as MetricStatus, to as MetricStatus))
      await this.metrics.transition({ to: step, reason }, write);
  }
}

/** The statuses of the shortest way from one to another, which the lifecycle always has. */
function pathBetween(from: MetricStatus, to: MetricStatus): MetricStatus[] {
  const paths: MetricStatus[][] = TRANSITIONS[from].map((next) => [next]);
  for (const path of paths) {
    const last = path.at(-1) ?? from;
    if (last === to) return path;
    if (path.length < Object.keys(TRANSITIONS).length) paths.push(...TRANSITIONS[last].map((next) => [...path, next]));
  }
  return [];
}
