import { operationsOf, type OpenApi, type Operation } from './openapi';

/** A request as the documentation offers it. */
export interface Example {
  method: string;
  /** With the values of path and query parameters. */
  url: string;
  headers: Record<string, string>;
  body?: unknown;
}

type Schema = Record<string, unknown> & { properties?: Record<string, Schema>; required?: string[] };

/** All operations in the order of the page: by tag, then as the document has them. */
export const operationsInOrder = (document: OpenApi): Operation[] =>
  document.tags.flatMap(({ name }) => operationsOf(document).filter(({ tags }) => tags?.[0] === name));

/**
 * The example of an operation, as tools build it: required parameters, those with an example or default, the body from the
 * example of its media type or of its members.
 *
 * @param isSupplied whether required parameters can lack an example
 */
export function exampleOf(document: OpenApi, operation: Operation, isSupplied = false): Example {
  const { method, path, parameters = [], requestBody } = operation;
  const offered = parameters.flatMap(({ in: place, name, required, examples = {}, schema = {} }) => {
    const [example] = [
      ...Object.values(examples),
      ...(schema.default === undefined ? [] : [{ value: schema.default }]),
    ];
    if (required && !example && !isSupplied) throw new Error(`${method} ${path}: ${name} has no example`);
    return example ? [{ place, name, value: String(example.value) }] : [];
  });
  const at = (where: string) =>
    Object.fromEntries(offered.filter(({ place }) => place === where).map(({ name, value }) => [name, value]));
  const query = new URLSearchParams(at('query')).toString();
  const values = at('path');
  const [type, media] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  return {
    method,
    url: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '') + (query && `?${query}`),
    headers: { ...at('header'), ...(type && { 'content-type': type }) },
    ...(media && { body: bodyOf(document, media) }),
  };
}

function bodyOf(document: OpenApi, { schema, examples }: { schema?: Schema; examples?: Record<string, unknown> }) {
  const [given] = Object.values(examples ?? {}) as Reference[];
  return given ? resolved(document, given).value : exampleOfSchema(document, schema ?? {});
}

type Reference = { value?: unknown; $ref?: string };

const resolved = ({ components }: OpenApi, example: Reference): Reference =>
  components.examples[example.$ref?.split('/').at(-1) ?? ''] ?? example;

function exampleOfSchema(document: OpenApi, schema: Schema): unknown {
  if (typeof schema.$ref === 'string')
    return exampleOfSchema(document, document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  if ('example' in schema) return schema.example;
  const { properties = {}, required = [] } = schema;
  const members = Object.entries(properties).filter(([name, member]) => required.includes(name) || 'example' in member);
  return Object.fromEntries(members.map(([name, member]) => [name, exampleOfSchema(document, member)]));
}
