import { DocumentDto } from '../../../../src/documents/definition/document.dto';
import { OwnKey, Text, Texts } from '../../../../src/validation/properties';

/** A term. */
export class TermDto extends DocumentDto {
  @OwnKey({ description: 'Chosen by the client or generated; never changes.', example: 'churn' })
  term_id?: string;

  @Text({ max: 500, required: true, example: 'Churn' })
  name!: string;

  @Text({ max: 10_000, example: 'Customers who cancel their subscription.' })
  description?: string;

  @Text({ max: 200, example: 'Finance Analytics' })
  owner?: string;

  @Texts({ max: 50, length: 200, example: ['attrition'] })
  synonyms?: string[];
}
