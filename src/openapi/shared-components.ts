import { isDeepStrictEqual } from 'node:util';
import { type Document, objectsIn, operationsOf } from './document';
import { COMPONENT, pascalCase, type Schema } from './fragments';

/** Moves response headers, and the parameters and responses that `component` marks, to `components`. */
export function shareComponents(document: Document): void {
  const share = (kind: 'parameters' | 'headers' | 'responses', name: string, { [COMPONENT]: _, ...value }: Schema) => {
    const present = (document.components[kind][name] ??= value);
    if (!isDeepStrictEqual(present, value)) throw new Error(`openapi: two different ${kind} are named ${name}.`);
    return { $ref: `#/components/${kind}/${name}` };
  };
  const shareMarked = (kind: 'parameters' | 'responses', value: Schema) =>
    typeof value[COMPONENT] === 'string' ? share(kind, value[COMPONENT], value) : value;

  for (const { operation } of operationsOf(document)) {
    if (operation.parameters)
      operation.parameters = operation.parameters.map((parameter) => shareMarked('parameters', parameter));
    for (const [status, response] of Object.entries(operation.responses)) {
      for (const [name, header] of Object.entries(response.headers ?? {}))
        (response.headers ??= {})[name] = share('headers', pascalCase(name), header);
      operation.responses[status] = shareMarked('responses', response);
    }
  }
}

/** Gives each integer its format, by which typed clients choose a type. */
export function addIntegerFormats(document: Document): void {
  for (const schema of objectsIn(document)) {
    if (schema.type !== 'integer') continue;
    schema.format = Number(schema.maximum ?? Infinity) <= 2 ** 31 - 1 ? 'int32' : 'int64';
  }
}

/** Removes the schemas to which nothing refers. */
export function removeUnusedSchemas(document: Document): void {
  const { schemas } = document.components;
  for (const name of Object.keys(schemas))
    if (!JSON.stringify(document).includes(`"#/components/schemas/${name}"`)) delete schemas[name];
}
