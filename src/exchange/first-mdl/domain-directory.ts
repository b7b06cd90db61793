import type { CatalogueRecord } from '../files/catalogue-entry';
import { key as validKey, keySlug } from './values';

/**
 * The domains of one import by key and by name. Documents of the first MDL may name their domain instead of its key.
 */
export class DomainDirectory {
  readonly #byKey = new Map<string, string>();
  /** null for a name that two domains share: it identifies neither. */
  readonly #byName = new Map<string, string | null>();

  addRecord(record: CatalogueRecord): void {
    if (record.resource !== 'domains') return;
    const { domain_id: own, id, name } = record.document;
    this.add(typeof own === 'string' ? own : id, name);
  }

  add(id: unknown, name: unknown): void {
    if (typeof id !== 'string') return;
    const domainId = id.trim();
    this.#byKey.set(normalize(domainId), domainId);
    if (typeof name !== 'string') return;
    const known = this.#byName.get(normalize(name));
    this.#byName.set(normalize(name), known === undefined || known === domainId ? domainId : null);
  }

  /** Finds the key of a domain by its key first, then by its name. */
  find(text: string): string | undefined {
    return this.#byKey.get(normalize(text)) ?? this.#byName.get(normalize(text)) ?? undefined;
  }
}

/**
 * Makes the key of a domain that is not in the import. Text that looks like a key is one ("DOMAIN-001"). A name becomes
 * a slug ("Digital Experience" → "digital-experience") and is reported as a dangling reference.
 */
export function keyOfUnknownDomain(text: string): string | undefined {
  return /[0-9._-]/.test(text) && validKey(text) ? text : keySlug(text);
}

function normalize(text: string): string {
  return text.trim().toLowerCase();
}
