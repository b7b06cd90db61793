import { DocumentDto } from '../../documents/definition/document.dto';
import { AnyObject, CalendarDate, Choice, Key, OwnKey, Section, Sections, Text } from '../../validation/properties';
import { OBJECTIVE_STATUSES, PRIORITIES } from '../objective.values';
import { KeyResultDto, Progress, ProgressStatus } from './key-result.dto';

export class Timeframe {
  @CalendarDate({ required: true, example: '2026-10-01' })
  start!: string;

  @CalendarDate({ required: true, description: 'The last day. Must be after the start.', example: '2026-12-31' })
  end!: string;
}

/** An objective. */
export class ObjectiveDto extends DocumentDto {
  @OwnKey({ description: 'Chosen by the client or generated; never changes.', example: 'OBJ-2026-H2-01' })
  objective_id?: string;

  @Text({ max: 500, required: true, example: 'Grow with the customers we have' })
  name!: string;

  @Text({ max: 10_000 })
  description?: string;

  @Key({ example: 'revenue' })
  domain_id?: string;

  @Key({ description: 'The objective that this one contributes to. Cycles are not allowed.' })
  parent?: string;

  @Text({ max: 500, example: 'Customer Success' })
  owner_team?: string;

  @Choice(OBJECTIVE_STATUSES, { example: 'active' })
  status?: string;

  @Choice(PRIORITIES, { example: 'high' })
  priority?: string;

  @Text({ max: 200, example: 'Sustainable growth' })
  strategic_pillar?: string;

  @Section(() => Timeframe)
  timeframe?: Timeframe;

  @Sections(() => KeyResultDto, { min: 1, max: 20, required: true })
  key_results!: KeyResultDto[];

  @AnyObject({
    maxBytes: 32_768,
    description: 'Members that the importer does not recognise; at most 32 KiB.',
  })
  extra?: Record<string, unknown>;

  @Progress('Computed: the weighted mean of the progress of the key results.')
  progress?: number | null;

  @ProgressStatus('Computed: compares the progress with the elapsed fraction of the time frame.')
  progress_status?: string | null;
}
