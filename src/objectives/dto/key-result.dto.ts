import { Choice, Keys, Key, Numeric, Text } from '../../validation/properties';
import { Property } from '../../validation/schema';
import { DIRECTIONS, type Direction } from '../objective.values';

const COMPUTED = { required: true, readOnly: true };

/** A computed progress from 0 to 1, or null without the values it needs. */
export const Progress = (description: string) =>
  Property({ type: ['number', 'null'], minimum: 0, maximum: 1 }, { ...COMPUTED, description, example: 0.45 });

/** A computed comparison of the progress with the elapsed fraction of the time frame. */
export const ProgressStatus = (description: string) =>
  Property(
    { type: ['string', 'null'], enum: ['on_track', 'at_risk', 'off_track', null] },
    { ...COMPUTED, description, example: 'on_track' },
  );

/** One measurable result of an objective. It is part of the objective, not a resource. */
export class KeyResultDto {
  @Key({ required: true, description: 'Unique in the objective.', example: 'KR-1' })
  kr_id!: string;

  @Text({ max: 500, required: true, example: 'Net revenue retention reaches 115 %' })
  name!: string;

  @Text({ max: 10_000 })
  description?: string;

  @Keys({ max: 10, description: 'The metrics that measure it.', example: ['net-revenue-retention'] })
  metric_ids?: string[];

  @Numeric({ description: 'The initial value; 0 by default.', example: 104 })
  baseline?: number;

  @Numeric({
    nullable: true,
    description: 'The target value. Required unless the objective is a draft.',
    example: 115,
  })
  target?: number | null;

  @Numeric({ nullable: true, description: 'The current value.', example: 109 })
  current?: number | null;

  @Text({ max: 120, description: 'Default: that of the metric, if there is exactly one.', example: '%' })
  unit?: string;

  @Choice(DIRECTIONS, { description: 'Default: that of the metric, if there is exactly one.', example: 'increase' })
  direction?: Direction;

  @Numeric({
    exclusiveMinimum: 0,
    description: 'The weight in the progress of the objective: above 0, 1 by default.',
    example: 1,
  })
  weight?: number;

  @Progress('Computed: the fraction of the way from baseline to target, or null without current and target.')
  progress?: number | null;

  @ProgressStatus('Computed.')
  progress_status?: string | null;
}
