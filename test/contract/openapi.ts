import { COMMON_PROBLEMS } from '../../src/problems/problem-documentation';

/** The part of an OpenAPI document that tests read. */
export interface OpenApi {
  openapi: string;
  security: object[];
  tags: { name: string }[];
  paths: Record<string, Record<string, Omit<Operation, 'method' | 'path' | 'security'> & Partial<Pick<Operation, 'security'>>>>;
  components: {
    schemas: Record<string, { properties?: Record<string, Record<string, unknown>>; additionalProperties?: boolean; enum?: unknown[] }>;
    parameters: Record<string, Parameter>;
    responses: Record<string, Response>;
    examples: Record<string, { value?: unknown }>;
  };
}

interface Parameter {
  in: string;
  name: string;
  required?: boolean;
  examples?: Record<string, { value?: unknown }>;
  schema?: Record<string, unknown>;
}

interface Media {
  schema?: Record<string, unknown>;
  examples?: Record<string, unknown>;
}

interface Response {
  description?: string;
  content?: Record<string, Media>;
}

export interface Operation {
  method: string;
  path: string;
  operationId: string;
  summary?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  /** Empty for public operations. */
  security: object[];
  responses: Record<string, Response>;
}

/** Every operation, with the shared parameters and responses in place of the references to them. */
export function operationsOf({ paths, components, security }: OpenApi): Operation[] {
  const resolve = <Kind extends 'parameters' | 'responses'>(kind: Kind, value: OpenApi['components'][Kind][string]) => {
    const name = ('$ref' in value ? String(value.$ref) : '').split('/').at(-1) ?? '';
    return (components[kind][name] ?? value) as OpenApi['components'][Kind][string];
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      security: operation.security ?? security,
      parameters: (operation.parameters ?? []).map((one) => resolve('parameters', one)),
      responses: Object.fromEntries(
        Object.entries(operation.responses).map(([status, one]) => [status, resolve('responses', one)]),
      ),
      method: method.toUpperCase(),
      path,
    })),
  );
}

/** The documented problem codes of an operation. */
export const codesOf = ({ responses }: Pick<Operation, 'responses'>): string[] =>
  Object.values(responses).flatMap(({ content }) => Object.keys(content?.['application/problem+json']?.examples ?? {}));

/** Whether a problem can come from every route, so that no route documents it for itself. */
export const isCommon = (code: string | undefined): boolean => COMMON_PROBLEMS.some((common) => common === code);
