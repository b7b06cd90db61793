import { Choice, Key, Moment, Whole } from '../../validation/properties';
import { DOMAIN_STATUSES } from '../domain.values';
import { CreateDomainDto } from './create-domain.dto';

/** A business domain as it is read. */
export class DomainDto extends CreateDomainDto {
  @Key({ required: true, example: 'revenue' })
  declare domain_id: string;

  @Choice(DOMAIN_STATUSES, { required: true, example: 'active' })
  declare status: string;

  @Whole({ minimum: 1, required: true, example: 3 })
  declare version: number;

  @Moment({ required: true, example: '2026-11-02T09:30:00.000Z' })
  declare created_at: string;

  @Moment({ required: true, example: '2026-11-14T16:05:12.481Z' })
  declare updated_at: string;

  @Whole({ minimum: 0, required: true, example: 12 })
  declare metric_count: number;

  @Whole({ minimum: 0, required: true, example: 2 })
  declare objective_count: number;
}
