/** The part of an OpenAPI document that tests read. */
export interface OpenApi {
  openapi: string;
  paths: Record<string, Record<string, Omit<Operation, 'method' | 'path'>>>;
  components: { schemas: Record<string, { properties?: Record<string, Record<string, unknown>> }> };
}

interface Media {
  schema?: Record<string, unknown>;
  examples?: Record<string, unknown>;
}

interface Parameter {
  in: string;
  name: string;
  required?: boolean;
  examples?: Record<string, { value?: unknown }>;
  schema?: Record<string, unknown>;
}

export interface Operation {
  method: string;
  path: string;
  operationId: string;
  summary?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  /** Absent for public operations. */
  security?: object[];
  responses: Record<string, { description?: string; content?: Record<string, Media> }>;
}

export const operationsOf = ({ paths }: OpenApi): Operation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );

/** The documented problem codes of an operation. */
export const codesOf = ({ responses }: Operation): string[] =>
  Object.values(responses).flatMap(({ content }) => Object.keys(content?.['application/problem+json']?.examples ?? {}));
