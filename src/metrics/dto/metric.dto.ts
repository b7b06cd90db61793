import { Choice, Key } from '../../validation/properties';
import { METRIC_STATUSES } from '../metric.values';
import { CreateMetricDto } from './create-metric.dto';

/** A metric in a response. */
export class MetricDto extends CreateMetricDto {
  @Key({ required: true, example: 'monthly-recurring-revenue' })
  declare metric_id: string;

  @Choice(METRIC_STATUSES, { required: true, example: 'active' })
  declare status: string;
}
