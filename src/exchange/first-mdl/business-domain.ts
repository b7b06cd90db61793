import { type DomainDirectory, keyOfUnknownDomain } from './domain-directory';
import type { OldDocument } from './old-document';

/**
 * Converts `business_domain`, a key or a name, to the key of a domain. The name of an unknown domain stays in `extra`,
 * because its slug cannot be converted back.
 */
export function takeBusinessDomain(old: OldDocument, domains: DomainDirectory): string | undefined {
  const known = old.take('business_domain', (value) => (typeof value === 'string' ? domains.find(value) : undefined));
  if (known !== undefined) return known;
  const value = old.peek('business_domain');
  const name = typeof value === 'string' ? value.trim() : '';
  const key = keyOfUnknownDomain(name);
  if (key === name) old.take('business_domain', () => key);
  return key;
}
