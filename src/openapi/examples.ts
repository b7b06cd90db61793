import { type Document, operationsOf, referredName } from './document';
import type { Schema } from './fragments';

/** Adds an example to each body whose schema is a component. It is made from the examples of the properties. */
export function addExamples(document: Document): void {
  const { schemas, examples } = document.components;

  /** undefined for an optional value without an example. */
  function exampleOf(schema: Schema, isRequired: boolean): unknown {
    if (schema.example !== undefined) return schema.example;
    const name = referredName(schema);
    if (name !== undefined) return exampleOf(schemas[name] ?? {}, isRequired);
    if (schema.items) {
      const item = exampleOf(schema.items, isRequired);
      return item === undefined ? undefined : [item];
    }
    if (!schema.properties) return isRequired ? simplest(schema) : undefined;
    const members = Object.entries(schema.properties)
      .map(([member, property]) => [member, exampleOf(property, schema.required?.includes(member) === true)] as const)
      .filter(([, value]) => value !== undefined);
    return members.length > 0 || isRequired ? Object.fromEntries(members) : undefined;
  }

  for (const { operation } of operationsOf(document))
    for (const { content = {} } of [operation.requestBody ?? {}, ...Object.values(operation.responses)])
      for (const media of Object.values(content)) {
        const name = referredName(media.schema ?? {});
        if (name === undefined || media.examples !== undefined) continue;
        examples[name] ??= {
          value: exampleOf(name.endsWith('Patch') ? smallest(schemas[name] ?? {}) : (media.schema ?? {}), true),
        };
        media.examples = { [name]: { $ref: `#/components/examples/${name}` } };
      }
}

/** A patch of the members that cannot be deleted: an example that changes every other one would be no patch. */
const smallest = ({ properties = {} }: Schema): Schema => ({
  properties: Object.fromEntries(Object.entries(properties).filter(([, { oneOf }]) => oneOf === undefined)),
});

/** A value of a required property without an example. */
const simplest = ({ enum: values, type, minimum }: Schema) =>
  values?.[0] ?? (type === 'boolean' ? true : type === 'string' ? '' : (minimum ?? null));
