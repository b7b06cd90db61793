import { DocumentDto } from '../../documents/definition/document.dto';
import { AnyObject, Choice, Colour, Email, Key, OwnKey, Slugs, Text, Texts, Whole } from '../../validation/properties';
import { DOMAIN_STATUSES } from '../domain.values';

/** A business domain as a client writes it. */
export class CreateDomainDto extends DocumentDto {
  @OwnKey({ description: 'Chosen by the client or given by the service; never changes.', example: 'revenue' })
  domain_id?: string;

  @Text({ max: 500, required: true, example: 'Revenue' })
  name!: string;

  @Text({ max: 10_000, example: 'What customers pay us, and how it grows.' })
  description?: string;

  @Key({ description: 'The domain above; the tree has at most five levels.', example: 'finance' })
  parent?: string;

  @Text({ max: 200, example: 'Finance Analytics' })
  owner_team?: string;

  @Email({ example: 'finance-analytics@example.com' })
  contact_email?: string;

  @Colour({ description: 'For charts.', example: '#2f6f4f' })
  color?: string;

  @Texts({ max: 50, length: 200, example: ['pricing', 'billing'] })
  key_areas?: string[];

  @Slugs({ max: 50, example: ['finance'] })
  tags?: string[];

  @Choice(DOMAIN_STATUSES, { example: 'active' })
  status?: string;

  @AnyObject({
    maxBytes: 32_768,
    description: 'What an importer does not know is kept here, not lost; at most 32 KiB.',
  })
  extra?: Record<string, unknown>;

  @Whole({
    minimum: 0,
    required: true,
    readOnly: true,
    description: 'Live metrics of this domain, without those of domains below.',
    example: 12,
  })
  metric_count?: number;

  @Whole({ minimum: 0, required: true, readOnly: true, description: 'Live objectives of this domain.', example: 2 })
  objective_count?: number;
}
