import { NDJSON_TYPE } from '../../body/media-types';
import { type Document, type Operation, operationsOf } from '../../openapi/document';
import { COMPONENT, type Schema } from '../../openapi/fragments';
import type { DocumentDefinition } from '../definition/document-definition';

interface Parameter {
  name: string;
  required?: boolean;
  schema?: Schema;
}

/** Values of path parameters other than the key of a document. */
const PARAMETERS: Record<string, unknown> = { version: 1, kr_id: 'KR-1', name: 'ada@example.com' };
const USER_CHANGE = { role: 'editor' };

const withExample = (value: unknown) => ({ examples: { example: { value } } });

/**
 * Gives every write one example that works as it stands, in the order of the document, and exports one of their lines.
 * Tools send each parameter that has an example: optional parameters keep none, other than the precondition that PUT
 * needs.
 */
export function addRequestExamples(document: Document, definitions: readonly DocumentDefinition[]): void {
  const { paths } = document;
  for (const { operation } of operationsOf(document))
    for (const parameter of operation.parameters ?? []) {
      const { name, required, schema } = parameter as unknown as Parameter;
      if (required !== true) delete schema?.examples;
      if (name in PARAMETERS) Object.assign(parameter, withExample(PARAMETERS[name]));
    }
  setBody(paths['/api/v1/users/{name}']?.patch, USER_CHANGE);
  for (const definition of definitions) addDocumentExamples(paths, definition);
}

function addDocumentExamples(paths: Document['paths'], definition: DocumentDefinition): void {
  const { resource, keyMember, exampleKey, examples } = definition;
  const list = `/api/v1/${resource}`;
  const item = `${list}/{key}`;
  const created = String((examples.create as Record<string, unknown>)[keyMember]);
  const items = [1, 2].map((number) => ({ ...examples.create, [keyMember]: `${created}-${number}` }));
  const bodies = {
    [`post ${list}`]: examples.create,
    [`post ${list}/bulk`]: { items },
    [`put ${item}`]: examples.replace,
    [`patch ${item}`]: examples.patch,
    [`post ${item}/revert`]: { version: 1 },
    ...Object.fromEntries(
      Object.entries(examples.steps ?? {}).map(([step, body]) => [step.replace(' ', ` ${item}`), body]),
    ),
  };
  const exported = [{ ...examples.create, version: 1 }, { count: 1 }].map((line) => `${JSON.stringify(line)}\n`);
  Object.assign(
    paths[`${list}/export`]?.get?.responses['200']?.content?.[NDJSON_TYPE] ?? {},
    withExample(exported.join('')),
  );
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods)) {
      if (!path.startsWith(list)) continue;
      // What an example creates is deleted and restored: another document can be in use.
      const isDeletion = method === 'delete' || path === `${item}/restore`;
      setParameter(operation, 'key', exampleKey);
      if (isDeletion) setOwnParameter(operation, 'key', created);
      if (method === 'put') setOwnParameter(operation, 'If-Match', '*');
      setBody(operation, bodies[`${method} ${path}`]);
    }
}

function setParameter({ parameters = [] }: Operation, name: string, value: unknown): void {
  for (const parameter of parameters) if (parameter.name === name) Object.assign(parameter, withExample(value));
}

/** Sets the example of a parameter that other operations have with another one. */
function setOwnParameter(operation: Operation, name: string, value: unknown): void {
  setParameter(operation, name, value);
  for (const parameter of operation.parameters ?? []) if (parameter.name === name) delete parameter[COMPONENT];
}

function setBody(operation: Operation | undefined, value: object | undefined): void {
  if (!value) return;
  for (const media of Object.values(operation?.requestBody?.content ?? {})) Object.assign(media, withExample(value));
}
