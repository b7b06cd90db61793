import { CreateDomainDto } from '../../domains/dto/create-domain.dto';
import { DOMAIN_STATUSES } from '../../domains/domain.values';
import type { JsonObject } from '../files/catalogue-entry';
import { OldDocument, withoutEmpty } from './old-document';
import { item, maxItems, oneOf, slug, text } from './values';

/**
 * Converts a domain of the first MDL. Its lists of objectives and metrics stay in `extra`: here the references are
 * reversed.
 */
export function domainFromFirstMdl(source: JsonObject): JsonObject {
  const old = new OldDocument(source);
  const document = {
    domain_id: old.take(['domain_id', 'id'], (value) => (typeof value === 'string' ? value.trim() : undefined)),
    name: old.take('name', text(CreateDomainDto, 'name')),
    description: old.take('description', text(CreateDomainDto, 'description')),
    parent: old.take('parent', text(CreateDomainDto, 'parent')),
    owner_team: old.take(['owner_team', 'owner'], text(CreateDomainDto, 'owner_team')),
    contact_email: old.take('contact_email', text(CreateDomainDto, 'contact_email')),
    color: old.take('color', text(CreateDomainDto, 'color')),
    key_areas: old.takeEach('key_areas', item(CreateDomainDto, 'key_areas'), maxItems(CreateDomainDto, 'key_areas')),
    tags: old.takeEach('tags', slug, maxItems(CreateDomainDto, 'tags')),
    status: old.take('status', oneOf(DOMAIN_STATUSES)),
  };
  return withoutEmpty({ ...document, extra: old.rest() });
}
