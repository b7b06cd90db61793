import { Choice, Keys, Key, Numeric, Text } from '../../validation/properties';
import { DIRECTIONS, type Direction } from '../objective.values';

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

  @Numeric({
    readOnly: true,
    description: 'Computed: the share of the way gone, 0 to 1; null where it cannot be said.',
    example: 0.45,
  })
  progress?: number | null;

  @Text({ max: 20, readOnly: true, description: 'Computed: on_track, at_risk or off_track.', example: 'on_track' })
  progress_status?: string | null;
}
