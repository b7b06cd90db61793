import type { DocumentDefinition } from '../../../documents/definition/document-definition';
import { type JsonSchema, propertiesOf } from '../../../validation/schema';
import { DomainDirectory } from '../../first-mdl/domain-directory';
import { Resources } from '../../resources';
import { readImport } from '../import-source';

/** A stored domain: its key and name. */
export type KnownDomain = readonly [key: string, name: string];

/** What is read, and what the readers need to know of the catalogue. */
export interface ReadRequest {
  paths: readonly string[];
  format: string | null | undefined;
  skipUnknown?: boolean | undefined;
  domains: readonly KnownDomain[];
  resources: Resources;
}

/** Reads files in this process. */
export function readHere({ paths, domains, resources, ...options }: ReadRequest): ReturnType<typeof readImport> {
  const directory = new DomainDirectory();
  for (const [key, name] of domains) directory.add(key, name);
  return readImport(paths, resources, { ...options, domains: directory });
}

type Property = ReturnType<typeof propertiesOf> extends Map<string, infer Value> ? Value : never;

/** The part of a definition that readers use, as JSON. */
interface Outline {
  resource: string;
  keyMember: string;
  references: { to: string }[];
  properties: [name: string, property: Property][];
}

/** A request as JSON text, for another process. */
export function serializeRequest({ resources, ...request }: ReadRequest): string {
  const outlines = resources.inOrder.map(({ resource, keyMember, references = [], schema }): Outline => ({
    resource,
    keyMember,
    references: references.map(({ to }) => ({ to })),
    properties: [...propertiesOf(schema)].map(([name, property]) => [name, { ...property, schema: plain(property) }]),
  }));
  return JSON.stringify({ ...request, outlines });
}

const plain = ({ schema }: Property): JsonSchema => (typeof schema === 'function' ? schema() : schema);

/** The request of a text of `serializeRequest`. Its definitions have only what readers use. */
export function parseRequest(text: string): ReadRequest {
  const { outlines, ...request } = JSON.parse(text) as Omit<ReadRequest, 'resources'> & { outlines: Outline[] };
  const definitions = outlines.map(({ properties, ...outline }) => {
    const schema = class {};
    for (const [name, property] of properties) propertiesOf(schema).set(name, property);
    return { ...outline, schema } as unknown as DocumentDefinition;
  });
  return { ...request, resources: new Resources(definitions) };
}
