import { isObject, KEY_FIELDS, type JsonObject, type Resource } from './catalogue-entry';

/** A key that a document names: `pointer` is the place inside the document. */
export interface Reference {
  pointer: string;
  resource: Resource;
  key: string;
}

/** A reference together with the document that holds it. */
export interface HeldReference extends Reference {
  from: { resource: Resource; key: string };
}

/** All keys that a document in our form names. */
export function referencesOf(resource: Resource, document: JsonObject): Reference[] {
  switch (resource) {
    case 'metrics':
      return [
        ...named('domains', '/business_domain', document['business_domain']),
        ...named('metrics', '/depends_on', document['depends_on']),
        ...named('metrics', '/related', document['related']),
        ...named('metrics', '/replaced_by', document['replaced_by']),
      ];
    case 'domains':
      return named('domains', '/parent', document['parent']);
    case 'objectives':
      return [
        ...named('domains', '/domain_id', document['domain_id']),
        ...named('objectives', '/parent', document['parent']),
        ...keyResultReferences(document['key_results']),
      ];
  }
}

function keyResultReferences(keyResults: unknown): Reference[] {
  if (!Array.isArray(keyResults)) return [];
  return keyResults.flatMap((result: unknown, index) =>
    isObject(result) ? named('metrics', `/key_results/${index}/metric_ids`, result['metric_ids']) : [],
  );
}

/** One key, or a list of keys with the index added to the pointer. */
function named(resource: Resource, pointer: string, value: unknown): Reference[] {
  if (typeof value === 'string') return [{ resource, pointer, key: value }];
  if (!Array.isArray(value)) return [];
  return value.flatMap((key: unknown, index) =>
    typeof key === 'string' ? [{ resource, pointer: `${pointer}/${index}`, key }] : [],
  );
}

/**
 * What the documents of one import define and name. Which references dangle can be said only at the end: a batch may
 * name what a later batch brings.
 */
export class ReferenceLedger {
  /** As written: keys are unique without regard to case, but a reference is found only as it is spelled. */
  readonly #defined = new Set<string>();
  readonly #held: HeldReference[] = [];

  /** Notes a document that was accepted. */
  add(resource: Resource, document: JsonObject): void {
    const key = String(document[KEY_FIELDS[resource]]);
    this.#defined.add(`${resource}/${key}`);
    for (const reference of referencesOf(resource, document))
      this.#held.push({ ...reference, from: { resource, key } });
  }

  /** References that nothing in this import answers: the catalogue may still have them. */
  unanswered(): HeldReference[] {
    return this.#held.filter(({ resource, key }) => !this.#defined.has(`${resource}/${key}`));
  }
}

/** The same for two spellings of one key: keys are unique without regard to case. */
export function identity(resource: Resource, key: string): string {
  return `${resource}/${key.trim().toLowerCase()}`;
}
