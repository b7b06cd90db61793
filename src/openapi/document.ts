import { isDeepStrictEqual } from 'node:util';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Schema } from './fragments';

/** The parts of a plain OpenAPI document that the steps of this folder read and change. */
export interface Document extends Omit<OpenAPIObject, 'paths' | 'components'> {
  paths: Record<string, Record<string, Operation>>;
  components: Record<'schemas' | 'parameters' | 'headers' | 'responses' | 'examples', Record<string, Schema>>;
}

export interface Operation {
  operationId: string;
  parameters?: Schema[];
  requestBody?: { content: Content };
  responses: Record<string, Response>;
  security?: object[];
}

export type Content = Record<string, { schema?: Schema; examples?: Record<string, Schema> }>;

export interface Response {
  [member: string]: unknown;
  headers?: Record<string, Schema>;
  content?: Content;
}

/**
 * A plain copy, in which
 * - all kinds of components exist, and schema names do not end in `Dto`;
 * - a reference with a description is no `allOf`, as OpenAPI 3.0 needed it;
 * - a public operation says so;
 * - what the document or OpenAPI says for all is left out: the security, no parameters, an optional parameter.
 */
export function plainDocument(document: OpenAPIObject): Document {
  const copy = JSON.parse(JSON.stringify(document).replaceAll(/("|schemas\/)(\w+?)Dto"/g, '$1$2"')) as Document;
  const { schemas, ...others } = copy.components;
  for (const schema of objectsIn(copy)) {
    const [reference, ...others] = (schema.allOf ?? []) as Schema[];
    if (reference === undefined || others.length > 0) continue;
    Object.assign(schema, reference);
    delete schema.allOf;
  }
  for (const { operation } of operationsOf(copy)) {
    if (operation.security === undefined) operation.security = [];
    else if (isDeepStrictEqual(operation.security, copy.security)) delete operation.security;
    if (operation.parameters?.length === 0) delete operation.parameters;
    for (const parameter of (operation.parameters ?? []) as Record<string, unknown>[])
      if (parameter['required'] === false) delete parameter['required'];
  }
  return { ...copy, components: { ...others, schemas, parameters: {}, headers: {}, responses: {}, examples: {} } };
}

/** Every operation with its path. */
export const operationsOf = ({ paths }: Document): { path: string; operation: Operation }[] =>
  Object.entries(paths).flatMap(([path, methods]) => Object.values(methods).map((operation) => ({ path, operation })));

/** Every object within a value, the value included. */
export function* objectsIn(value: unknown): Generator<Schema> {
  if (value === null || typeof value !== 'object') return;
  if (!Array.isArray(value)) yield value as Schema;
  for (const member of Object.values(value)) yield* objectsIn(member);
}

/** The name of the schema that a reference leads to. */
export const referredName = ({ $ref }: Schema): string | undefined =>
  typeof $ref === 'string' ? /^#\/components\/schemas\/(\w+)$/.exec($ref)?.[1] : undefined;

/** The text of openapi.json, in which a reference takes one line. */
export const openApiText = (document: object): string =>
  `${JSON.stringify(document, null, 1).replaceAll(/\{\s+("\$ref": "[^"]+")\s+\}/g, '{ $1 }')}\n`;
