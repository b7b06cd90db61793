import { Choice, Text } from '../../validation/properties';
import { METRIC_STATUSES, type MetricStatus } from '../metric.values';

/** A step in the lifecycle of a metric. */
export class TransitionMetricDto {
  @Choice(METRIC_STATUSES, { required: true, example: 'active' })
  to!: MetricStatus;

  @Text({
    max: 1000,
    description: 'Kept in the revision; needed to deprecate without replaced_by.',
    example: 'Reviewed by Finance.',
  })
  reason?: string;
}
