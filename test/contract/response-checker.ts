import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { Client } from 'pg';
import { createOpenApi } from '../../src/app.openapi';
import type { TestResponse, TestApp } from '../support/app';
import { domain } from '../support/documents';
import { codesOf, isCommon, type OpenApi, type Operation, operationsOf } from './openapi';
import { expectProblem } from './problems';

export interface Call {
  key?: string;
  parameters?: Record<string, string>;
  query?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export const ANY = { 'if-match': '*' };
const STALE = { 'if-match': '"99"' };

/** Sends requests and compares each response with the OpenAPI document. */
export class ResponseChecker {
  readonly document: OpenApi;
  readonly operations: Map<string, Operation>;
  /** The responses received so far: `operation 200` or `operation 404 not_found`. */
  private readonly seen = new Set<string>();
  private readonly ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  private readonly busy: Client;

  constructor(private readonly app: TestApp) {
    this.document = JSON.parse(JSON.stringify(createOpenApi(app.app))) as OpenApi;
    this.operations = new Map(operationsOf(this.document).map((operation) => [operation.operationId, operation]));
    addFormats(this.ajv);
    // The members of the document around its schemas are not keywords of JSON Schema.
    this.ajv.addVocabulary(['example', ...Object.keys(this.document)]);
    this.ajv.addSchema(closed(this.document), 'openapi');
    this.busy = new Client({ connectionString: app.database.url });
  }

  /** Makes the idempotency key `busy` belong to a running request and `used` to a finished one. */
  async start(): Promise<void> {
    await this.busy.connect();
    await this.busy.query(`SELECT pg_advisory_lock(hashtextextended('idempotency anonymous busy', 0))`);
    await this.app.post('/api/v1/domains', domain('used'), { 'idempotency-key': 'used' });
  }

  async stop(): Promise<void> {
    await this.busy.end();
  }

  /** Calls an operation and checks that the response is the expected one and matches its documentation. */
  async call(operationId: string, outcome: string, request: Call = {}): Promise<TestResponse> {
    const operation = this.operations.get(operationId);
    if (!operation) throw new Error(`There is no operation ${operationId}.`);
    const parameters: Record<string, string> = {
      key: request.key ?? 'live',
      version: '1',
      kr_id: 'KR-1',
      id: '000000000000',
      name: 'ada@example.com',
      ...request.parameters,
    };
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => parameters[name] ?? '');
    const response = await this.app.send(
      operation.method,
      `${path}${request.query ? `?${request.query}` : ''}`,
      request,
    );
    const found =
      response.status < 400 ? String(response.status) : `${response.status} ${expectProblem(response).code}`;
    expect(`${operationId} ${found} ${response.text.slice(0, 500)}`).toBe(
      `${operationId} ${outcome} ${response.text.slice(0, 500)}`,
    );
    expect(this.bodyErrors(operation, response)).toEqual([]);
    this.seen.add(`${operationId} ${found}`);
    return response;
  }

  /** Whether an operation documents a problem. */
  documents(operationId: string, code: string): boolean {
    const operation = this.operations.get(operationId);
    return operation !== undefined && codesOf(operation).includes(code);
  }

  /** Compares the responses received with those documented, but for the problems that every route can return. */
  expectComplete(includes: (operationId: string) => boolean = () => true): void {
    const documented = [...this.operations.values()]
      .filter(({ operationId }) => includes(operationId))
      .flatMap((operation) => [
        ...Object.keys(operation.responses)
          .filter((status) => Number(status) < 400)
          .map((status) => `${operation.operationId} ${status}`),
        ...codesOf(operation)
          .filter((code) => !isCommon(code))
          .map((code) => `${operation.operationId} ${statusOf(operation, code)} ${code}`),
      ]);
    const seen = [...this.seen].filter((response) => {
      const [operationId = '', , code] = response.split(' ');
      return includes(operationId) && !isCommon(code);
    });
    expect(seen.sort()).toEqual(documented.sort());
  }

  /** Sends every invalid body and header that any route with a body refuses. */
  async refuseBodies(
    operation: string,
    request: Call,
    tag: 'if-match' | 'idempotency-key' | null = 'if-match',
  ): Promise<void> {
    const raw = (body: string | Buffer, headers = {}) => ({
      ...request,
      body,
      headers: { ...request.headers, ...headers },
    });
    await this.call(operation, '400 invalid_encoding', raw(Buffer.from([0x22, 0xff, 0x22])));
    await this.call(operation, '400 malformed_json', raw('{'));
    await this.call(operation, '400 duplicate_key', raw('{"a":1,"a":1}'));
    await this.call(operation, '400 forbidden_key', raw('{"constructor":1}'));
    await this.call(operation, '400 too_deep', raw('['.repeat(33) + ']'.repeat(33)));
    if (tag)
      await this.call(operation, '400 invalid_header', { ...request, headers: { ...request.headers, [tag]: 'a b' } });
    await this.call(operation, '400 invalid_parameter', { ...request, query: 'x=1' });
    await this.call(operation, '413 payload_too_large', raw(' '.repeat(20_000)));
    await this.call(operation, '415 unsupported_media_type', raw('a', { 'content-type': 'text/plain' }));
    await this.call(operation, '422 invalid_document', raw('[]'));
    await this.call(operation, '422 invalid_character', raw('{"name":"\\u0000"}'));
    await this.call(operation, '422 number_out_of_range', raw('{"a":1e400}'));
  }

  async refuseIdempotencyKeys(operation: string, request: Call): Promise<void> {
    await this.call(operation, '409 idempotency_in_progress', { ...request, headers: { 'idempotency-key': 'busy' } });
    await this.call(operation, '422 idempotency_key_reused', { ...request, headers: { 'idempotency-key': 'used' } });
  }

  async refuseKeysAndTags(operation: string, request: Call = {}): Promise<void> {
    await this.call(operation, '404 not_found', { ...request, key: 'unknown', headers: ANY });
    await this.call(operation, '412 precondition_failed', { ...request, headers: STALE });
  }

  /** Sends invalid credentials and those of a viewer to an operation that requires more. */
  async refuseCredentials(operation: Operation, viewerKey: string, body?: unknown): Promise<void> {
    const { operationId, parameters } = operation;
    await this.call(operationId, '401 unauthenticated', { headers: { authorization: 'Bearer unknown' } });
    if (!codesOf(operation).includes('forbidden')) return;
    const headers = { authorization: `Bearer ${viewerKey}` };
    const query = parameters?.some(({ name }) => name === 'include_deleted') ? 'include_deleted=true' : '';
    await this.call(operationId, '403 forbidden', { headers, query, body });
  }

  /** Repeats a request of a cached operation with its ETag. */
  async revalidate({ operationId }: Operation): Promise<void> {
    const { headers } = await this.call(operationId, '200');
    await this.call(operationId, '304', { headers: { 'if-none-match': headers.etag ?? '' } });
  }

  /** The violations of a body against the documented schema. */
  private bodyErrors(operation: Operation, { status, headers, body, text }: TestResponse): unknown[] {
    const { operationId } = operation;
    const response = operation.responses[status];
    if (!response) return [`${operationId} does not document ${status}`];
    const [type] = headers['content-type']?.split(';') ?? [];
    if (!response.content) return text === '' ? [] : [`${operationId} documents no body of ${status}`];
    if (type === undefined || !response.content[type]) return [`${operationId} does not document ${type}`];
    if (type === 'application/x-ndjson' || type === 'text/plain') return [];
    const { $ref } = response.content[type].schema ?? {};
    const pointer = `openapi${String($ref)}`;
    const validator = this.ajv.getSchema(pointer) ?? this.ajv.compile({ $ref: pointer });
    return validator(body) ? [] : (validator.errors ?? []);
  }
}

const statusOf = (operation: Operation, code: string) =>
  Object.entries(operation.responses).find(
    ([, { content }]) => code in (content?.['application/problem+json']?.examples ?? {}),
  )?.[0];

/** Disallows undocumented members in every schema but that of problems, which have members by code. */
function closed(document: OpenApi): OpenApi {
  const copy = structuredClone(document);
  for (const [name, schema] of Object.entries(copy.components.schemas)) {
    if (schema.properties && !('additionalProperties' in schema) && name !== 'Problem')
      Object.assign(schema, { additionalProperties: false });
  }
  return copy;
}
