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
  /** Set by the service; removed from requests, so that a client can send back a document that it has read. */
  readOnly?: boolean;
  description?: string;
  example?: unknown;
}

/** By class. Read for each request; decorators do not change any more by then. */
const declared = new WeakMap<object, Map<string, PropertySchema>>();

/** The properties of a class and its base classes, in the order of declaration. */
export function propertiesOf(target: object): Map<string, PropertySchema> {
  const known = declared.get(target);
  if (known) return known;
  const base = Object.getPrototypeOf(target) as object | null;
  const properties = new Map(base ? propertiesOf(base) : []);
  declared.set(target, properties);
  return properties;
}

/**
 * Decorator: declares a property by its JSON Schema. One schema validates and documents it: Ajv executes it on
 * requests, and OpenAPI publishes it (docs/adr/0005).
 */
export function Property(
  schema: JsonSchema | (() => JsonSchema),
  options: PropertyOptions = {},
  documentation: JsonSchema = {},
): PropertyDecorator {
  const { required = false, readOnly = false, description, example } = options;
  const register: PropertyDecorator = (prototype, name) => {
    propertiesOf(prototype.constructor).set(String(name), { schema, required, readOnly });
  };
  return applyDecorators(
    register,
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

/** @nestjs/swagger reads a list of types as an array, so a union is written as `oneOf`. */
function documented(given: JsonSchema): JsonSchema {
  const { type, ...schema } = published(given);
  return Array.isArray(type)
    ? { oneOf: type.map((name: unknown) => (name === 'null' ? { type: name } : { ...nonNull(schema), type: name })) }
    : { ...schema, type };
}

const nonNull = ({ enum: values, ...schema }: JsonSchema): JsonSchema =>
  Array.isArray(values) ? { ...schema, enum: values.filter((value) => value !== null) } : schema;

/** The smallest positive number that a body can have (`number_out_of_range`). */
const SMALLEST_NUMBER = 1e-30;

/** A schema without the keywords of this service. */
const published = ({ lowerCase: _, maxBytes: __, $comment: ___, ...schema }: JsonSchema): JsonSchema =>
  Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => {
      if (keyword === 'text') return ['pattern', '\\S'];
      // No number is closer to 0, and some generators read `exclusiveMinimum` as OpenAPI 3.0 did.
      if (keyword === 'exclusiveMinimum') return ['minimum', SMALLEST_NUMBER];
      return [keyword, keyword === 'items' ? published(value as JsonSchema) : value];
    }),
  );

/** The schema of an object with the properties of the class and no others; read-only members are `dropped` first. */
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
