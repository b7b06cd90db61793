import { ApiParam } from '@nestjs/swagger';
import { StepRoute } from '../documents/routes/step-route';
import { CheckInDto } from './dto/check-in.dto';
import { objectiveDefinition } from './objective.definition';

export interface CheckInParameters {
  kr_id: string;
}

/** `PATCH /objectives/{key}/key-results/{kr_id}`: records the current value of a key result. */
export const CheckInRoute = (): MethodDecorator =>
  StepRoute(objectiveDefinition, {
    method: 'PATCH',
    path: 'key-results/:kr_id',
    summary: 'Check in a key result',
    body: CheckInDto,
    parameters: [
      ApiParam({
        name: 'kr_id',
        description: 'The id of the key result.',
        schema: { type: 'string' },
        example: 'KR-1',
      }),
    ],
  });
