import type { Type } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';

/** A JSON Schema, or another object of the OpenAPI document. */
export interface Schema {
  [keyword: string]: unknown;
  $ref?: string;
  enum?: unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

/** The name of the schema of a class: `Metric` for `MetricDto`. */
export const schemaName = ({ name }: Pick<Type, 'name'>): string => name.replace(/Dto$/, '');

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** A reference to the schema of a class in responses. */
export const ref = (dto: Type) => reference(schemaName(dto));

/** A reference to the schema of a class in requests that create or replace; `request-schemas.ts` derives it. */
export const createRef = (dto: Type) => reference(`Create${schemaName(dto)}`);

/** A reference to the schema of a JSON merge patch of a class; `request-schemas.ts` derives it. */
export const patchRef = (dto: Type) => reference(`${schemaName(dto)}Patch`);

/** `IfMatch` for `If-Match`, `UpdatedAfter` for `updated_after`. */
export const pascalCase = (name: string): string =>
  name.replace(/(?:^|[-_])([a-z])/gi, (_, letter: string) => letter.toUpperCase());

/** The extension that `component` sets. */
export const COMPONENT = 'x-component';

/**
 * Marks a parameter or response as one that several operations have: `shared-components.ts` moves it to `components`
 * under this name. No response with a document: swagger-typescript-api does not read its body there.
 */
export const component = (name: string) => ({ [COMPONENT]: name });

/** Documents a response header. */
export const header = (type: 'string' | 'integer', description: string) => ({ description, schema: { type } });

/** A list of values in one parameter, separated by commas. */
export const commaSeparated = (items: Schema, limits: { maxItems?: number } = {}): Schema => ({
  type: 'array',
  items,
  minItems: 1,
  ...limits,
});

/**
 * Documents an optional query parameter.
 *
 * @param component its name in `components`, with the resource where resources have different parameters of this name
 */
export const query = (name: string, schema: Schema, description: string, component = pascalCase(name)) =>
  ApiQuery({
    name,
    required: false,
    schema,
    description,
    ...(schema.type === 'array' && { style: 'form', explode: false }),
    extensions: { [COMPONENT]: component },
  });

/** A class that is made at run time, such as the page of a resource. */
export function schemaClass(name: string, properties: Record<string, PropertyDecorator>): Type {
  const target = { [name]: class {} }[name] as Type;
  for (const [property, decorate] of Object.entries(properties)) decorate(target.prototype as object, property);
  return target;
}
