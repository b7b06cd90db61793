import { Choice, Key, Moment, Whole } from '../../validation/properties';
import { OBJECTIVE_STATUSES } from '../objective.values';
import { CreateObjectiveDto } from './create-objective.dto';
import { Progress, ProgressStatus } from './key-result.dto';

/** An objective as it is read. */
export class ObjectiveDto extends CreateObjectiveDto {
  @Key({ required: true, example: 'OBJ-2026-H2-01' })
  declare objective_id: string;

  @Choice(OBJECTIVE_STATUSES, { required: true, example: 'active' })
  declare status: string;

  @Whole({ minimum: 1, required: true, example: 3 })
  declare version: number;

  @Moment({ required: true, example: '2026-11-02T09:30:00.000Z' })
  declare created_at: string;

  @Moment({ required: true, example: '2026-11-14T16:05:12.481Z' })
  declare updated_at: string;

  @Progress({ required: true })
  declare progress: number | null;

  @ProgressStatus({ required: true })
  declare progress_status: string | null;
}
