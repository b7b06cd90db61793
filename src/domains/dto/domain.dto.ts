import { DocumentDto } from '../../documents/definition/document.dto';
import { AnyObject, Choice, Colour, Email, Key, OwnKey, Slugs, Text, Texts, Whole } from '../../validation/properties';
import { DOMAIN_STATUSES } from '../domain.values';

/** A computed number of documents. */
const Count = (description: string, example: number) => Whole({ minimum: 0, readOnly: true, description, example });

/** A business domain. */
export class DomainDto extends DocumentDto {
  @OwnKey({ description: 'Chosen by the client or generated; never changes.', example: 'revenue' })
  domain_id?: string;

  @Text({ max: 500, required: true, example: 'Revenue' })
  name!: string;

  @Text({ max: 10_000, example: 'What customers pay us, and how it grows.' })
  description?: string;

  @Key({ description: 'The parent domain. The tree has at most five levels.', example: 'finance' })
  parent?: string;

  @Text({ max: 500, example: 'Finance Analytics' })
  owner_team?: string;

  @Email({ example: 'finance-analytics@example.com' })
  contact_email?: string;

  @Colour({ description: 'Colour in charts.', example: '#2f6f4f' })
  color?: string;

  @Texts({ max: 50, length: 200, example: ['pricing', 'billing'] })
  key_areas?: string[];

  @Slugs({ max: 50, example: ['finance'] })
  tags?: string[];

  @Choice(DOMAIN_STATUSES, { example: 'active' })
  status?: string;

  @AnyObject({
    maxBytes: 32_768,
    description: 'Members that the importer does not recognise; at most 32 KiB.',
  })
  extra?: Record<string, unknown>;

  @Count('Number of live metrics of this domain, without subdomains.', 12)
  metric_count?: number;

  @Count('Number of live objectives of this domain.', 2)
  objective_count?: number;
}
