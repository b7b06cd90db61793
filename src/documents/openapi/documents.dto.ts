import { ViolationDto } from '../../problems/problem.dto';
import { Choice, Flag, Moment, Section, Sections, Text, Texts, Whole } from '../../validation/properties';
import { Property, type PropertyOptions } from '../../validation/schema';
import { CHANGES, type Change } from '../definition/document-definition';

const nullableText = { type: ['string', 'null'] };
const Count = (options: PropertyOptions) => Property({ type: 'integer', minimum: 0 }, options);

export class RevisionSummaryDto {
  @Whole({ minimum: 1, required: true, example: 3 })
  version!: number;

  @Choice(CHANGES, { required: true, example: 'updated' })
  change!: Change;

  @Text({ max: 200, required: true, example: 'anonymous' })
  actor!: string;

  @Text({ max: 200, required: true, example: '01932f5e-7c1a-7e7a-9d3b-6f0e4f7d2a11' })
  request_id!: string;

  @Property(nullableText, { required: true })
  reason!: string | null;

  @Texts({ max: 100, length: 200, required: true, example: ['formula'] })
  changed_fields!: string[];

  @Flag({
    required: true,
    description: 'A member that consumers depend on changed, for example formula or unit.',
    example: true,
  })
  breaking!: boolean;

  @Moment({ required: true, example: '2026-11-14T16:05:12.481Z' })
  created_at!: string;
}

export class RevisionDto extends RevisionSummaryDto {
  @Property(
    { type: 'object', additionalProperties: true },
    {
      required: true,
      description: 'The complete document at this version.',
      example: { metric_id: 'monthly-recurring-revenue', name: 'Monthly recurring revenue' },
    },
  )
  document!: Record<string, unknown>;
}

export class RevertDto {
  @Whole({ minimum: 1, required: true, description: 'The version whose content to restore.', example: 3 })
  version!: number;
}

/** The outcome of one item of a bulk request. */
export class BulkItemDto {
  @Count({ required: true, description: 'The index of the item.' })
  item!: number;

  @Count({ description: 'The line of an NDJSON body.' })
  line?: number;

  @Property({ type: 'string' }, { example: 'monthly-recurring-revenue' })
  key?: string;

  @Choice(['created', 'updated', 'unchanged', 'refused'], { required: true, example: 'created' })
  result!: string;

  @Count({ example: 1 })
  version?: number;

  @Property({ type: 'array', items: { type: 'string' } })
  unresolved_refs?: string[];

  @Sections(() => ViolationDto, { max: 1000 })
  errors?: ViolationDto[];
}

/** The number of items by outcome. */
export class BulkSummaryDto {
  @Count({ required: true, example: 1 })
  created!: number;

  @Count({ required: true })
  updated!: number;

  @Count({ required: true })
  unchanged!: number;

  @Count({ required: true })
  refused!: number;

  @Count({ description: 'Minimum number of errors not listed. An item lists at most 100, a response 1,000.' })
  unlisted_errors?: number;
}

export class BulkResponseDto {
  @Flag({ required: true, example: false })
  dry_run!: boolean;

  @Section(() => BulkSummaryDto, { required: true })
  summary!: BulkSummaryDto;

  @Sections(() => BulkItemDto, { max: 1000, required: true, description: 'One result per item, in request order.' })
  results!: BulkItemDto[];
}

/** The number of documents with one value of a facet. */
export class FacetDto {
  @Property({ type: 'string' }, { required: true, example: 'finance' })
  value!: string;

  @Count({ required: true, example: 12 })
  count!: number;
}

const text = { type: 'string' };

/** Something that a format cannot express. */
export class ExportLossDto {
  @Property(text, { required: true, example: 'formula.language' })
  name!: string;

  @Count({ required: true, example: 1 })
  count!: number;

  @Property({ type: 'array', items: text, maxItems: 100 }, { required: true, example: ['mrr: …'] })
  examples!: string[];
}

/** What an export in a format loses. */
export class ExportLossesDto {
  @Property(text, { required: true, example: 'ossie' })
  format!: string;

  @Count({ required: true, example: 1 })
  total!: number;

  @Sections(() => ExportLossDto, { max: 1000, required: true })
  losses!: ExportLossDto[];
}
