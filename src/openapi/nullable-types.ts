import { type Document, objectsIn } from './document';
import type { Schema } from './fragments';

/**
 * Writes a value that can be null with a list of types, `type: [string, null]`, instead of a choice between two
 * schemas, for which some generators make a type of their own. An enumeration stays a choice: it becomes a reference.
 */
export function listNullableTypes({ components: { schemas } }: Document): void {
  for (const schema of objectsIn(schemas)) {
    const [value, none, ...others] = (schema.oneOf ?? []) as Schema[];
    if (none?.type !== 'null' || others.length > 0 || typeof value?.type !== 'string' || value.enum) continue;
    delete schema.oneOf;
    Object.assign(schema, value, { type: [value.type, 'null'] });
  }
}
