import { Choice, Key } from '../../validation/properties';
import { DOMAIN_STATUSES } from '../domain.values';
import { CreateDomainDto } from './create-domain.dto';

/** A business domain in a response. */
export class DomainDto extends CreateDomainDto {
  @Key({ required: true, example: 'revenue' })
  declare domain_id: string;

  @Choice(DOMAIN_STATUSES, { required: true, example: 'active' })
  declare status: string;
}
