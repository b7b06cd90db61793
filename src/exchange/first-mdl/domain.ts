import type { JsonObject } from '../files/catalogue-entry';
import { OldDocument, withoutEmpty } from './old-document';
import { key, matching, oneOf, slug, text } from './values';

/** A domain of the first MDL as ours. Its lists of objectives and metrics stay in `extra`: ours point the other way. */
export function domainFromFirstMdl(source: JsonObject): JsonObject {
  const old = new OldDocument(source);
  const document = {
    domain_id: old.take(['domain_id', 'id'], (value) => (typeof value === 'string' ? value.trim() : undefined)),
    name: old.take('name', text(500)),
    description: old.take('description', text(10_000)),
    parent: old.take('parent', key),
    owner_team: old.take(['owner_team', 'owner'], text(200)),
    contact_email: old.take('contact_email', matching(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 254)),
    color: old.take('color', matching(/^#[0-9a-f]{6}$/i, 7)),
    key_areas: old.takeEach('key_areas', text(200), 50),
    tags: old.takeEach('tags', slug, 50),
    status: old.take('status', oneOf(['active', 'deprecated'])),
  };
  return withoutEmpty({ ...document, extra: old.rest() });
}
