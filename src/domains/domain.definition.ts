import type { DocumentDefinition } from '../documents/definition/document-definition';
import { BusinessDomain, type DomainDocument } from './domain.entity';
import { domainExamples } from './domain.examples';
import { domainFields } from './domain.fields';
import { MAX_DEPTH } from './domain.values';
import { DomainDto } from './dto/domain.dto';

/** The declaration of domains for the document store. */
export const domainDefinition: DocumentDefinition<DomainDocument> = {
  resource: 'domains',
  singular: 'domain',
  keyMember: 'domain_id',
  exampleKey: 'revenue',
  examples: domainExamples,
  entity: BusinessDomain,
  fields: domainFields,
  schema: DomainDto,
  initialStatus: 'active',
  references: [{ to: 'domains', member: 'parent', column: 'parent_id', acyclic: true, maxDepth: MAX_DEPTH }],
};
