import { readFileSync } from 'node:fs';
import { type OpenApi, operationsOf } from './openapi';

/** Every resource: each has a bulk route. The committed document is readable before the service starts. */
export const RESOURCES = operationsOf(JSON.parse(readFileSync('openapi.json', 'utf8')) as OpenApi).flatMap(
  ({ operationId }) => /^(\w+)_bulk$/.exec(operationId)?.[1] ?? [],
);

interface Schema {
  $ref?: string;
  allOf?: Schema[];
  items?: Schema;
  minItems?: number;
  enum?: unknown[];
  readOnly?: boolean;
  example?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
}

/** Builds a value from the examples of a schema: of all writable members, or of the required ones. */
function exampleOf(document: OpenApi, { $ref, allOf, ...schema }: Schema, which: 'all' | 'required'): unknown {
  if (schema.example !== undefined) return schema.example;
  const name = ($ref ?? allOf?.[0]?.$ref)?.split('/').at(-1);
  if (name !== undefined) return exampleOf(document, document.components.schemas[name] ?? {}, which);
  if (schema.items) return [exampleOf(document, schema.items, which)].filter((item) => item !== undefined);
  if (!schema.properties) return schema.enum?.[0];
  const members = Object.entries(schema.properties)
    .filter(([member, { readOnly }]) => !readOnly && (which === 'all' || schema.required?.includes(member)))
    .map(([member, property]) => [member, exampleOf(document, property, which)] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

/** The example document of a resource. */
export function exampleDocument(
  document: OpenApi,
  resource: string,
  which: 'all' | 'required',
): Record<string, unknown> {
  const create = operationsOf(document).find(({ operationId }) => operationId === `${resource}_create`);
  return exampleOf(document, create?.requestBody?.content['application/json']?.schema ?? {}, which) as Record<
    string,
    unknown
  >;
}
