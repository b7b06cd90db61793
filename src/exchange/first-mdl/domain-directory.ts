import type { CatalogueRecord } from '../files/catalogue-entry';
import type { OldDocument } from './old-document';
import { key as validKey, keySlug, trim } from './values';

/**
 * The domains of one import by key and by name. Documents of the first MDL may name their domain instead of its key.
 */
export class DomainDirectory {
  /** As written, and in lower case. */
  readonly #byKey = new Map<string, string>();
  /** The same by name; null for one that two domains share: it identifies neither. */
  readonly #byName = new Map<string, string | null>();

  addRecord(record: CatalogueRecord): void {
    if (record.resource !== 'domains') return;
    const { domain_id: own, id, name } = record.document;
    this.add(typeof own === 'string' ? own : id, name);
  }

  add(id: unknown, name: unknown): void {
    if (typeof id !== 'string') return;
    const domainId = id.trim();
    for (const form of formsOf(domainId)) this.#byKey.set(form, domainId);
    if (typeof name !== 'string') return;
    for (const form of formsOf(name)) {
      const known = this.#byName.get(form);
      this.#byName.set(form, known === undefined || known === domainId ? domainId : null);
    }
  }

  /**
   * Finds the key of a domain by its key first, then by its name. One in the same case comes first: `Sales` is the
   * domain with this name also beside a domain with the key `sales`.
   */
  find(text: string): string | undefined {
    for (const form of formsOf(text)) {
      const found = this.#byKey.get(form) ?? this.#byName.get(form);
      if (typeof found === 'string') return found;
    }
    return undefined;
  }

  /**
   * Converts `business_domain`, a key or a name, to the key of a domain. The name of an unknown domain stays in
   * `extra`, because its slug cannot be converted back.
   */
  takeFrom(old: OldDocument): string | undefined {
    const known = old.take('business_domain', (value) => (typeof value === 'string' ? this.find(value) : undefined));
    if (known !== undefined) return known;
    const name = trim(old.peek('business_domain')) ?? '';
    const key = keyOfUnknownDomain(name);
    if (key === name) old.take('business_domain', trim);
    return key;
  }
}

/**
 * Makes the key of a domain that is not in the import. Text that looks like a key is one ("DOMAIN-001"). A name becomes
 * a slug ("Digital Experience" → "digital-experience") and is reported as a dangling reference.
 */
function keyOfUnknownDomain(text: string): string | undefined {
  return /[0-9._-]/.test(text) && validKey(text) ? text : keySlug(text);
}

/** A text as it is, and in lower case. */
function formsOf(text: string): Set<string> {
  return new Set([text.trim(), text.trim().toLowerCase()]);
}
