import type { CatalogueRecord } from '../files/catalogue-entry';
import { keySlug, key as validKey } from './values';

/**
 * The domains of one import, by key and by name: documents of the first MDL name their domain where ours hold
 * its key.
 */
export class DomainDirectory {
  readonly #byKey = new Map<string, string>();
  /** null marks a name that two domains share: which one is meant would be a guess. */
  readonly #byName = new Map<string, string | null>();

  addRecord(record: CatalogueRecord): void {
    if (record.resource !== 'domains') return;
    const { domain_id: own, id, name } = record.document;
    this.add(typeof own === 'string' ? own : id, name);
  }

  add(id: unknown, name: unknown): void {
    if (typeof id !== 'string') return;
    const domainId = id.trim();
    this.#byKey.set(normal(domainId), domainId);
    if (typeof name !== 'string') return;
    const known = this.#byName.get(normal(name));
    this.#byName.set(normal(name), known === undefined || known === domainId ? domainId : null);
  }

  /** The key of the domain that a text means, by key first, then by name. */
  find(text: string): string | undefined {
    return this.#byKey.get(normal(text)) ?? this.#byName.get(normal(text)) ?? undefined;
  }
}

/**
 * The key for a domain that isn't in the import: a text that looks like a key is one ("DOMAIN-001"), a name becomes
 * a slug ("Digital Experience" → "digital-experience") and shows up among the dangling references.
 */
export function keyOfUnknownDomain(text: string): string | undefined {
  return /[0-9._-]/.test(text) && validKey(text) ? text : keySlug(text);
}

function normal(text: string): string {
  return text.trim().toLowerCase();
}
