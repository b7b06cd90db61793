import { DomainDto } from '../../domains/dto/domain.dto';
import type { JsonObject } from '../files/catalogue-entry';
import { OldDocument, withoutEmpty } from './old-document';
import { itemLimit, slug, trim } from './values';

/**
 * Converts a domain of the first MDL. Its lists of objectives and metrics stay in `extra`: here the references are
 * reversed.
 */
export function domainFromFirstMdl(source: JsonObject): JsonObject {
  const old = new OldDocument(source);
  const document = {
    domain_id: old.take(['domain_id', 'id'], trim),
    tags: old.takeEach('tags', slug, itemLimit(DomainDto, 'tags')),
    ...old.takeMembers(DomainDto, {
      name: 'name',
      description: 'description',
      parent: 'parent',
      owner_team: ['owner_team', 'owner'],
      contact_email: 'contact_email',
      color: 'color',
      key_areas: 'key_areas',
      status: 'status',
    }),
  };
  return withoutEmpty({ ...document, extra: old.rest() });
}
