import { Choice, Key } from '../../validation/properties';
import { OBJECTIVE_STATUSES } from '../objective.values';
import { CreateObjectiveDto } from './create-objective.dto';

/** An objective in a response. */
export class ObjectiveDto extends CreateObjectiveDto {
  @Key({ required: true, example: 'OBJ-2026-H2-01' })
  declare objective_id: string;

  @Choice(OBJECTIVE_STATUSES, { required: true, example: 'active' })
  declare status: string;
}
