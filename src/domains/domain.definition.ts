import type { DocumentDefinition } from '../documents/definition/document-definition';
import { BusinessDomain, type DomainDocument } from './domain.entity';
import { domainFields } from './domain.fields';
import { MAX_DEPTH } from './domain.values';
import { CreateDomainDto } from './dto/create-domain.dto';

/** Everything the document store needs to know about domains. */
export const domainDefinition: DocumentDefinition<DomainDocument> = {
  resource: 'domains',
  singular: 'domain',
  keyMember: 'domain_id',
  entity: BusinessDomain,
  fields: domainFields,
  schema: CreateDomainDto,
  initialStatus: 'active',
  references: [{ to: 'domains', member: 'parent', column: 'parent_id', acyclic: true, maxDepth: MAX_DEPTH }],
};
