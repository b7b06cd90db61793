import { type Document, objectsIn, operationsOf, referredName } from './document';
import type { Schema } from './fragments';

/** The classes of documents with the members that a response always has: those that `fields` cannot leave out. */
export type AlwaysPresent = Readonly<Record<string, readonly string[]>>;

/**
 * Gives each purpose a schema. One class declares a document; from it come
 * - the schema of responses, `Metric`: only the members that `fields` cannot leave out are required;
 * - `CreateMetric`, to which `createRef` refers: without read-only members and without unknown ones;
 * - `MetricPatch`, to which `patchRef` refers: the same, every member optional, and null where it deletes one.
 *
 * The objects within a document have the same three. A class of requests alone gets no unknown members.
 */
export function deriveRequestSchemas(document: Document, alwaysPresent: AlwaysPresent): void {
  const { schemas } = document.components;
  const declared = structuredClone(schemas);
  for (const { operation } of operationsOf(document)) derive(operation.requestBody);
  for (const [name, required] of Object.entries(alwaysPresent)) Object.assign(schemas[name] ?? {}, { required });
  // In a schema of responses the mark has no meaning, and generated Python clients leave marked members out of their JSON.
  for (const schema of objectsIn(schemas)) delete schema['readOnly'];

  /** Adds the schemas to which a part of a request refers. */
  function derive(part: unknown): void {
    for (const name of [...objectsIn(part)].map(referredName)) {
      if (name === undefined || isDerived(schemas[name])) continue;
      schemas[name] = schemaOf(name);
      derive(schemas[name]);
    }
  }

  function schemaOf(name: string): Schema {
    const own = declared[name];
    if (own) return writable(own);
    const [, created, patched = ''] = /^Create(\w+)$|^(\w+)Patch$/.exec(name) ?? [];
    const origin = declared[created ?? patched];
    if (!origin) throw new Error(`openapi: there is no class for the schema ${name}.`);
    if (created !== undefined) return mapReferences(writable(origin), (part) => `Create${part}`) as Schema;
    return patchOf(origin, alwaysPresent[patched]);
  }
}

const isDerived = (schema: Schema | undefined) => schema?.additionalProperties === false;

/** The members that a client can write, and no others. */
function writable({ properties = {}, required = [], ...schema }: Schema): Schema {
  const members = Object.entries(properties).filter(([, { readOnly }]) => readOnly !== true);
  const names = members.map(([name]) => name).filter((name) => required.includes(name));
  return {
    ...schema,
    additionalProperties: false,
    properties: Object.fromEntries(members),
    ...(names.length > 0 && { required: names }),
  };
}

/** A merge patch: an object within the document merges, a list is replaced. The key of the document is immutable. */
function patchOf(origin: Schema, immutable: readonly string[] = []): Schema {
  const { required = [], properties = {}, ...schema } = writable(origin);
  const members = Object.entries(properties).filter(([name]) => !immutable.includes(name));
  const patched = members.map(([name, property]) => {
    const { description, example, ...value } = mapReferences(property, (part) =>
      property.type === 'array' ? `Create${part}` : `${part}Patch`,
    ) as Schema;
    const documented = { ...(description !== undefined && { description }), ...(example !== undefined && { example }) };
    return [
      name,
      { ...documented, ...(required.includes(name) ? value : { oneOf: [value, { type: 'null' }] }) },
    ] as const;
  });
  return { ...schema, properties: Object.fromEntries(patched) };
}

/** A copy that refers to other schemas. */
function mapReferences(value: unknown, rename: (name: string) => string): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => mapReferences(item, rename));
  const name = referredName(value as Schema);
  if (name !== undefined) return { ...value, $ref: `#/components/schemas/${rename(name)}` };
  return Object.fromEntries(Object.entries(value).map(([member, part]) => [member, mapReferences(part, rename)]));
}
