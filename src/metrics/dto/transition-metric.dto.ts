import { Choice, Text } from '../../validation/properties';
import { METRIC_STATUSES, type MetricStatus } from '../metric.values';

/** A status transition of a metric. */
export class TransitionMetricDto {
  @Choice(METRIC_STATUSES, { required: true, example: 'active' })
  to!: MetricStatus;

  @Text({
    max: 1000,
    description: 'Stored in the revision. Required to deprecate a metric without replaced_by.',
    example: 'Reviewed by Finance.',
  })
  reason?: string;
}
