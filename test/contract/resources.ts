import { readFileSync } from 'node:fs';
import { type OpenApi, operationsOf } from './openapi';

/** Every resource: each has a bulk route. The committed document is readable before the service starts. */
export const RESOURCES = Object.keys((JSON.parse(readFileSync('openapi.json', 'utf8')) as OpenApi).paths).flatMap(
  (path) => /^\/api\/v1\/(\w+)\/bulk$/.exec(path)?.[1] ?? [],
);

interface Schema {
  $ref?: string;
  items?: Schema;
  minItems?: number;
  enum?: unknown[];
  example?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
}

/** Builds a value from the examples of a schema: of all members, or of the required ones. */
function exampleOf(document: OpenApi, { $ref, ...schema }: Schema, which: 'all' | 'required'): unknown {
  if (schema.example !== undefined) return schema.example;
  const name = $ref?.split('/').at(-1);
  if (name !== undefined) return exampleOf(document, document.components.schemas[name] ?? {}, which);
  if (schema.items) return [exampleOf(document, schema.items, which)].filter((item) => item !== undefined);
  if (!schema.properties) return schema.enum?.[0];
  const members = Object.entries(schema.properties)
    .filter(([member]) => which === 'all' || schema.required?.includes(member))
    .map(([member, property]) => [member, exampleOf(document, property, which)] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

/** The example document of a resource. */
export function exampleDocument(
  document: OpenApi,
  resource: string,
  which: 'all' | 'required',
): Record<string, unknown> {
  const create = operationsOf(document).find(({ method, path }) => method === 'POST' && path === `/api/v1/${resource}`);
  return exampleOf(document, create?.requestBody?.content['application/json']?.schema ?? {}, which) as Record<
    string,
    unknown
  >;
}
