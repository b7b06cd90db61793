import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';

/** A JSON Schema (2020-12), the dialect of OpenAPI 3.1. */
export type JsonSchema = { [keyword: string]: unknown };

/** A class whose properties carry schemas. */
export type SchemaClass<T = object> = abstract new (...args: never[]) => T;

interface PropertySchema {
  schema: JsonSchema | (() => JsonSchema);
  required: boolean;
  readOnly: boolean;
}

export interface PropertyOptions {
  required?: boolean;
  /** Given by the service: welcome in a request, so that a document read can be sent back, and dropped from it. */
  readOnly?: boolean;
  description?: string;
  example?: unknown;
}

const PROPERTIES = Symbol('schema:properties');

/** Asked for each request; decorators have run by then. */
const known = new WeakMap<SchemaClass, Map<string, PropertySchema>>();

/** The properties of a class with those of its bases, in the order of declaration. */
export function propertiesOf(target: SchemaClass): Map<string, PropertySchema> {
  const kept = known.get(target) ?? collectProperties(target);
  known.set(target, kept);
  return kept;
}

function collectProperties(target: SchemaClass): Map<string, PropertySchema> {
  const chain: SchemaClass[] = [];
  for (
    let type: SchemaClass | null = target;
    type && type !== Function.prototype;
    type = Object.getPrototypeOf(type) as SchemaClass | null
  ) {
    chain.unshift(type);
  }
  return new Map(
    chain.flatMap((type) => [
      ...((Reflect.getOwnMetadata(PROPERTIES, type) as Map<string, PropertySchema> | undefined) ?? []),
    ]),
  );
}

/**
 * Declares a property by its JSON Schema. The schema that documents a property is the one that checks it: Ajv executes
 * it on requests, OpenAPI publishes it (docs/adr/0005).
 */
export function Property(
  schema: JsonSchema | (() => JsonSchema),
  options: PropertyOptions = {},
  documentation: JsonSchema = {},
): PropertyDecorator {
  const { required = false, readOnly = false, description, example } = options;
  const remember: PropertyDecorator = (prototype, name) => {
    const properties =
      (Reflect.getOwnMetadata(PROPERTIES, prototype.constructor) as Map<string, PropertySchema> | undefined) ??
      new Map<string, PropertySchema>();
    properties.set(String(name), { schema, required, readOnly });
    Reflect.defineMetadata(PROPERTIES, properties, prototype.constructor);
  };
  return applyDecorators(
    remember,
    ApiProperty({
      ...(typeof schema === 'function' ? {} : documented(schema)),
      ...documentation,
      required,
      ...(readOnly && { readOnly }),
      ...(description && { description }),
      ...(example !== undefined && { example }),
    }),
  );
}

/** Nest reads a list of types as an array; a union is spelled out for it. */
const documented = ({ type, ...schema }: JsonSchema): JsonSchema =>
  Array.isArray(type)
    ? { oneOf: type.map((one: unknown) => (one === 'null' ? { type: one } : { ...schema, type: one })) }
    : { ...schema, type };

/** The schema of an object that has the properties of the class and no others; those read only are `dropped` first. */
export function schemaOf(target: SchemaClass): JsonSchema {
  const all = [...propertiesOf(target)];
  const properties = all.filter(([, { readOnly }]) => !readOnly);
  const dropped = all.filter(([, { readOnly }]) => readOnly).map(([name]) => name);
  return {
    type: 'object',
    ...(dropped.length > 0 && { dropped }),
    additionalProperties: false,
    required: properties.filter(([, { required }]) => required).map(([name]) => name),
    properties: Object.fromEntries(
      properties.map(([name, { schema }]) => [name, typeof schema === 'function' ? schema() : schema]),
    ),
  };
}
