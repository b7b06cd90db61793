import { Choice, Flag, Moment, Text, Texts, Whole } from '../../validation/properties';
import { Property } from '../../validation/schema';
import { CHANGES, type Change } from '../definition/document-definition';

const nullableText = { type: ['string', 'null'] };
const count = { type: 'integer', minimum: 0 };

export class RevisionSummaryDto {
  @Whole({ minimum: 1, required: true, example: 3 })
  version!: number;

  @Choice(CHANGES, { required: true, example: 'updated' })
  change!: Change;

  @Text({ max: 200, required: true, example: 'anonymous' })
  actor!: string;

  @Text({ max: 200, required: true })
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
    { required: true, description: 'The complete document at this version.' },
  )
  document!: Record<string, unknown>;
}

export class RevertDto {
  @Whole({ minimum: 1, required: true, description: 'The version whose content to restore.', example: 3 })
  version!: number;
}

const violation = {
  type: 'object',
  required: ['code', 'detail'],
  properties: {
    item: { type: 'integer' },
    line: { type: 'integer' },
    pointer: { type: 'string' },
    code: { type: 'string' },
    detail: { type: 'string' },
  },
};

export class BulkAnswerDto {
  @Flag({ required: true, example: false })
  dry_run!: boolean;

  @Property(
    {
      type: 'object',
      required: ['created', 'updated', 'unchanged', 'refused'],
      properties: {
        created: count,
        updated: count,
        unchanged: count,
        refused: count,
        unlisted_errors: {
          ...count,
          description: 'Minimum number of errors not listed. An item lists at most 100, a response 1,000.',
        },
      },
    },
    { required: true },
  )
  summary!: Record<string, number>;

  @Property(
    {
      type: 'array',
      items: {
        type: 'object',
        required: ['item', 'result'],
        properties: {
          item: count,
          line: count,
          key: { type: 'string' },
          result: { type: 'string', enum: ['created', 'updated', 'unchanged', 'refused'] },
          version: count,
          unresolved_refs: { type: 'array', items: { type: 'string' } },
          errors: { type: 'array', items: violation },
        },
      },
    },
    { required: true, description: 'One result per item, in request order.' },
  )
  results!: object[];
}
