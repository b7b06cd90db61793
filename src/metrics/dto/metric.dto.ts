import { Choice, Key, Moment, Whole } from '../../validation/properties';
import { METRIC_STATUSES } from '../metric.values';
import { CreateMetricDto } from './create-metric.dto';

/** A metric as it is read. */
export class MetricDto extends CreateMetricDto {
  @Key({ required: true, example: 'monthly-recurring-revenue' })
  declare metric_id: string;

  @Choice(METRIC_STATUSES, { required: true, example: 'active' })
  declare status: string;

  @Whole({ minimum: 1, required: true, example: 3 })
  declare version: number;

  @Moment({ required: true, example: '2026-11-02T09:30:00.000Z' })
  declare created_at: string;

  @Moment({ required: true, example: '2026-11-14T16:05:12.481Z' })
  declare updated_at: string;
}
