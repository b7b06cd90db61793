import { Choice, Keys, Key, Numeric, Text } from '../../validation/properties';
import { Property, type PropertyOptions } from '../../validation/schema';
import { DIRECTIONS, type Direction } from '../objective.values';

/** Computed: 0 to 1, or null where nothing can be said. */
export const Progress = (options: PropertyOptions) =>
  Property({ type: ['number', 'null'], minimum: 0, maximum: 1 }, { example: 0.45, ...options });

/** Computed by comparison with the elapsed share of the time frame. */
export const ProgressStatus = (options: PropertyOptions) =>
  Property(
    { type: ['string', 'null'], enum: ['on_track', 'at_risk', 'off_track', null] },
    { example: 'on_track', ...options },
  );

/** One measurable result of an objective; a value inside it, no resource of its own. */
export class KeyResultDto {
  @Key({ required: true, description: 'Unique in its objective.', example: 'KR-1' })
  kr_id!: string;

  @Text({ max: 500, required: true, example: 'Net revenue retention reaches 115 %' })
  name!: string;

  @Text({ max: 10_000 })
  description?: string;

  @Keys({ max: 10, description: 'The metrics that measure it.', example: ['net-revenue-retention'] })
  metric_ids?: string[];

  @Numeric({ description: 'Where it started; 0 where absent.', example: 104 })
  baseline?: number;

  @Numeric({
    nullable: true,
    description: 'Where it shall be; null only while the objective is a draft.',
    example: 115,
  })
  target?: number | null;

  @Numeric({ nullable: true, description: 'Where it is.', example: 109 })
  current?: number | null;

  @Text({ max: 40, description: 'From the single linked metric where absent.', example: '%' })
  unit?: string;

  @Choice(DIRECTIONS, { description: 'From the single linked metric where absent.', example: 'increase' })
  direction?: Direction;

  @Numeric({ exclusiveMinimum: 0, description: 'Its share of the objective’s progress; 1 where absent.', example: 1 })
  weight?: number;

  @Progress({
    required: true,
    readOnly: true,
    description: 'Computed: the share of the way gone; null where it cannot be said.',
  })
  progress?: number | null;

  @ProgressStatus({ required: true, readOnly: true, description: 'Computed.' })
  progress_status?: string | null;
}
