import { Validator } from '@seriousme/openapi-schema-validator';
import { createOpenApi } from '../../src/app.openapi';
import { openApiText } from '../../src/openapi/document';
import { TestApp } from '../support/app';
import { expectFresh } from './fresh';
import { operationsOf, type OpenApi } from './openapi';

/** Every object of the document with its path. */
function* objectsOf(value: unknown, place = ''): Generator<[place: string, object: Record<string, unknown>]> {
  if (value === null || typeof value !== 'object') return;
  if (!Array.isArray(value)) yield [place, value as Record<string, unknown>];
  for (const [name, member] of Object.entries(value)) yield* objectsOf(member, `${place}/${name}`);
}

describe('the OpenAPI document', () => {
  let app: TestApp;
  let document: OpenApi;
  beforeAll(async () => {
    // As dev/openapi.ts writes it.
    app = await TestApp.start({ PUBLIC_URL: 'http://localhost:3000' });
    document = JSON.parse(JSON.stringify(createOpenApi(app.app))) as OpenApi;
  });
  afterAll(() => app.stop());

  test('openapi.json is up to date', () => expectFresh('openapi.json', openApiText(document)));

  test('it is served at /openapi.json', async () => {
    expect((await app.get('/openapi.json')).body).toEqual(document);
  });

  test('it is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate({ ...document });
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(document.openapi).toMatch(/^3\.1\./);
  });

  test('every reference resolves', () => {
    const references = [...objectsOf(document)].flatMap(([place, { $ref }]) =>
      typeof $ref === 'string' ? [{ place, $ref }] : [],
    );
    const lost = references.filter(({ $ref }) => {
      const path = $ref.slice(2).split('/');
      return (
        path.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document) === undefined
      );
    });
    expect(references.length).toBeGreaterThan(100);
    expect(lost).toEqual([]);
  });

  test('it has no keyword of OpenAPI 3.0', () => {
    const old = [...objectsOf(document)].filter(
      ([, { nullable, exclusiveMinimum, exclusiveMaximum }]) =>
        typeof nullable === 'boolean' || typeof exclusiveMinimum === 'boolean' || typeof exclusiveMaximum === 'boolean',
    );
    expect(old).toEqual([]);
  });

  test('each operation has a unique id, a summary, a tag and response descriptions', () => {
    const operations = operationsOf(document);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    const poor = operations.filter(
      ({ operationId, summary, tags, responses }) =>
        !/^[a-z]+(In|Out)?([A-Z][A-Za-z]*)?$/.test(operationId) ||
        !summary ||
        tags?.length !== 1 ||
        Object.values(responses).some(({ description }) => !description),
    );
    expect(poor.map(({ operationId }) => operationId)).toEqual([]);
  });

  test('each path parameter is documented', () => {
    const unnamed = operationsOf(document).filter(({ path, parameters = [] }) =>
      [...path.matchAll(/\{(\w+)\}/g)].some(
        ([, name]) => !parameters.some((parameter) => parameter.in === 'path' && parameter.name === name),
      ),
    );
    expect(unnamed.map(({ operationId }) => operationId)).toEqual([]);
  });

  test('each problem of each operation has an example', () => {
    const without = operationsOf(document).flatMap(({ operationId, responses }) =>
      Object.entries(responses)
        .filter(([, { content }]) => {
          const problem = content?.['application/problem+json'];
          return problem !== undefined && Object.keys(problem.examples ?? {}).length === 0;
        })
        .map(([status]) => `${operationId} ${status}`),
    );
    expect(without).toEqual([]);
  });

  test('each schema has an example', () => {
    const schemas = Object.entries(document.components.schemas);
    const without = schemas.filter(
      ([, { properties = {}, enum: values }]) =>
        // The values of an enumeration are examples.
        values === undefined &&
        !Object.values(properties).some(
          ({ items, ...property }) => 'example' in property || '$ref' in property || '$ref' in Object(items),
        ),
    );
    expect(without.map(([name]) => name)).toEqual([]);
  });
});
