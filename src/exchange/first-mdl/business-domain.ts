import { keyOfUnknownDomain, type DomainDirectory } from './domain-directory';
import type { OldDocument } from './old-document';
import { text } from './values';

/**
 * The key of the domain an old document belongs to. Where the import has no such domain the old name stays in
 * `extra` beside the key made of it: a slug can't be turned back into a name.
 */
export function takeBusinessDomain(old: OldDocument, domains: DomainDirectory): string | undefined {
  const known = old.take('business_domain', (value) => (typeof value === 'string' ? domains.find(value) : undefined));
  if (known !== undefined) return known;
  const name = text(500)(old.peek('business_domain'));
  if (name === undefined) return undefined;
  const made = keyOfUnknownDomain(name);
  if (made === name) old.take('business_domain', text(500));
  return made;
}
