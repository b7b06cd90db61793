import { readFileSync } from 'node:fs';
import type { DocumentDefinition } from '../../src/documents/definition/document-definition';
import { type OpenApi, operationsOf } from './openapi';

/** The committed documentation: it is there before a service is, so tests can be listed by it. */
const documentation = JSON.parse(readFileSync('openapi.json', 'utf8')) as OpenApi;
const operations = operationsOf(documentation);

/** Every resource: what has documents in bulk. */
export const RESOURCES = operations.flatMap(({ operationId }) => /^(\w+)_bulk$/.exec(operationId)?.[1] ?? []);

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

/** A value made of the examples of a schema: of every member that a client may write, or of the required ones. */
function exampleOf({ $ref, allOf, ...schema }: Schema, which: 'all' | 'required'): unknown {
  if (schema.example !== undefined) return schema.example;
  const name = ($ref ?? allOf?.[0]?.$ref)?.split('/').at(-1);
  if (name !== undefined) return exampleOf(documentation.components.schemas[name] ?? {}, which);
  if (schema.items) return [exampleOf(schema.items, which)].filter((item) => item !== undefined);
  if (!schema.properties) return schema.enum?.[0];
  const members = Object.entries(schema.properties)
    .filter(([member, { readOnly }]) => !readOnly && (which === 'all' || schema.required?.includes(member)))
    .map(([member, property]) => [member, exampleOf(property, which)] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

/** A document of a resource as its documentation shows one. */
export function exampleDocument(resource: string, which: 'all' | 'required'): Record<string, unknown> {
  const create = operations.find(({ operationId }) => operationId === `${resource}_create`);
  return exampleOf(create?.requestBody?.content['application/json']?.schema ?? {}, which) as Record<string, unknown>;
}

/** The change that makes a document name another of its resource, where that must close no cycle; by null, none. */
export function referringTo({ resource, references = [] }: DocumentDefinition, key: string | null): object {
  const reference = references.find(({ to, acyclic }) => acyclic && to === resource);
  if (!reference) throw new Error(`${resource} refers to none of its own: these tests do not know what to expect.`);
  return { [reference.member]: key === null || reference.column !== undefined ? key : [key] };
}
