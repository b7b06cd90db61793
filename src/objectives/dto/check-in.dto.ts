import { Numeric, Text } from '../../validation/properties';

/** The current value of a key result. */
export class CheckInDto {
  @Numeric({ required: true, nullable: true, example: 109 })
  current!: number | null;

  @Text({ max: 1000, description: 'Stored as the reason of the revision.', example: 'October close.' })
  note?: string;
}
