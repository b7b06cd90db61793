import { applyDecorators } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ApiDocumentChange } from '../../documents/openapi/write-documentation';
import { Numeric, Text } from '../../validation/properties';
import { ObjectiveDto } from './objective.dto';

/** Where a key result stands now. */
export class CheckInDto {
  @Numeric({ required: true, nullable: true, example: 109 })
  current!: number | null;

  @Text({ max: 1000, description: 'Kept as the reason in the revision.', example: 'October close.' })
  note?: string;
}

export const ApiCheckIn = (): MethodDecorator =>
  applyDecorators(
    ApiParam({ name: 'kr_id', description: 'The key result.', schema: { type: 'string' }, example: 'KR-1' }),
    ApiDocumentChange(ObjectiveDto, 'Check in a key result', CheckInDto),
  );
