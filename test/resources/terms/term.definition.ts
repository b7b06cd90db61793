import type { DocumentDefinition } from '../../../src/documents/definition/document-definition';
import { TermDto } from './dto/term.dto';
import { Term, type TermDocument } from './term.entity';
import { termFields } from './term.fields';

/** The declaration of terms for the document store. */
export const termDefinition: DocumentDefinition<TermDocument> = {
  resource: 'terms',
  singular: 'term',
  keyMember: 'term_id',
  exampleKey: 'churn',
  examples: {
    create: { term_id: 'churn', name: 'Churn' },
    replace: { name: 'Customer churn' },
    patch: { name: 'Churn of customers' },
  },
  entity: Term,
  fields: termFields,
  schema: TermDto,
};
