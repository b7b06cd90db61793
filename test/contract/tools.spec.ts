import { readFileSync } from 'node:fs';
import { objectsIn } from '../../src/openapi/document';
import { type OpenApi, operationsOf } from './openapi';
import { RESOURCES } from './resources';

interface Schema {
  [keyword: string]: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
}

const text = readFileSync('openapi.json', 'utf8');
const document = JSON.parse(text) as OpenApi & Record<'info' | 'servers', unknown>;
const schemas = document.components.schemas as Record<string, Schema>;
const operations = operationsOf(document);
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

/** The names of the schemas to which a part of the document leads. */
function namesIn(part: unknown, names = new Set<string>()): Set<string> {
  for (const { $ref } of objectsIn(part)) {
    const name = /^#\/components\/schemas\/(\w+)$/.exec(String($ref))?.[1];
    if (name === undefined || names.has(name)) continue;
    names.add(name);
    namesIn(schemas[name], names);
  }
  return names;
}
const isObject = (name: string) => schemas[name]?.enum === undefined;
const inRequests = [...namesIn(operations.map(({ requestBody }) => requestBody))].filter(isObject);
const inResponses = [...namesIn(operations.map(({ responses }) => responses))].filter(isObject);
/** The members that only responses have. */
const READ_ONLY: Record<string, string[]> = {
  Metric: [],
  Domain: ['metric_count', 'objective_count'],
  Objective: ['progress', 'progress_status'],
};
const COMMON_READ_ONLY = ['version', 'created_at', 'updated_at', 'deleted_at', 'unresolved_refs', 'match'];

describe('what tools need of openapi.json', () => {
  test('it says who serves it: version, server, contact, license', () => {
    expect(document.info).toMatchObject({ version, contact: { name: expect.any(String) }, license: { name: 'MIT' } });
    expect(document.servers).toEqual([{ url: 'http://localhost:3000', description: expect.any(String) }]);
  });

  test('it is small: 400 kB for three resources', () => {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual((400_000 * RESOURCES.length) / 3);
  });

  test('request schemas have no unknown members', () => {
    expect(inRequests.length).toBeGreaterThan(30);
    for (const name of inRequests) expect([name, schemas[name]?.additionalProperties]).toEqual([name, false]);
  });

  test('no member is marked as read-only: clients in Python would leave it out of their JSON', () => {
    expect([...objectsIn(schemas)].filter((schema) => 'readOnly' in schema)).toEqual([]);
  });

  test('response schemas are open to new members, and belong to no request', () => {
    expect(inResponses.length).toBeGreaterThan(40);
    for (const name of inResponses) expect([name, schemas[name]?.additionalProperties]).toEqual([name, undefined]);
    expect(inRequests.filter((name) => inResponses.includes(name))).toEqual([]);
  });

  test.each(['Metric', 'Domain', 'Objective'])('%s has a schema for each purpose', (name) => {
    const [response = {}, create = {}, patch = {}] = [schemas[name], schemas[`Create${name}`], schemas[`${name}Patch`]];
    const key = `${name.toLowerCase()}_id`;
    expect(response.required).toEqual([key, 'version']);
    expect(create.required).toContain('name');
    const readOnly = [...COMMON_READ_ONLY, ...(READ_ONLY[name] ?? [])];
    const writable = Object.keys(response.properties ?? {}).filter((member) => !readOnly.includes(member));
    expect(writable).toEqual(Object.keys(create.properties ?? {}));
    expect([key, ...Object.keys(patch.properties ?? {})]).toEqual(Object.keys(create.properties ?? {}));
    expect(patch.required).toBeUndefined();
    for (const [member, property] of Object.entries(patch.properties ?? {})) {
      const choices = (property.oneOf as Schema[] | undefined) ?? [property];
      const deletes = choices.some(({ type }) => [type].flat().includes('null'));
      expect([member, deletes]).toEqual([member, create.required?.includes(member) !== true]);
    }
  });

  test('an enumeration is one type in responses, requests, patches and filters', () => {
    const ref = { $ref: '#/components/schemas/MetricStatus' };
    expect(schemas['Metric']?.properties?.['status']).toMatchObject(ref);
    expect(schemas['CreateMetric']?.properties?.['status']).toMatchObject(ref);
    expect(schemas['MetricPatch']?.properties?.['status']).toMatchObject({ oneOf: [ref, { type: 'null' }] });
    expect(document.components.parameters['MetricStatusFilter']).toMatchObject({
      schema: { type: 'array', items: ref },
    });
  });

  test('no two components have one name: generated types would have it twice', () => {
    const { schemas, parameters, responses, headers } = document.components as Record<string, object>;
    const names = [schemas, parameters, responses, headers].flatMap((components = {}) => Object.keys(components));
    expect(names.length).toBeGreaterThan(200);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  test('equal parameters and enumerations of several resources are one component', () => {
    const equal = (components: object) =>
      [...Map.groupBy(Object.entries(components), ([, component]) => JSON.stringify(component)).values()]
        .map((group) => group.map(([name]) => name))
        .filter(({ length }) => length > 1);
    expect(equal(document.components.parameters)).toEqual([]);
    expect(schemas['Role']).toEqual({ type: 'string', enum: ['viewer', 'editor', 'admin'] });
    expect(Object.keys(schemas).filter((name) => name.endsWith('Role'))).toEqual(['Role']);
  });

  test('a value that can be null has a list of types, or is a reference or null', () => {
    const choices = [...objectsIn(schemas)].filter(({ oneOf }) => oneOf !== undefined);
    const isReference = ({ oneOf }: Schema) => (oneOf as Schema[])[0]?.['$ref'] !== undefined;
    expect(choices.length).toBeGreaterThan(10);
    expect(choices.filter((schema) => !isReference(schema))).toEqual([]);
  });

  test('a list in a parameter has commas, and every parameter has a type', () => {
    for (const { operationId, parameters = [] } of operations)
      for (const { name, schema = {}, ...parameter } of parameters) {
        expect([operationId, name, schema.type]).toEqual([operationId, name, expect.any(String)]);
        if (schema.type === 'array') expect({ name, ...parameter }).toMatchObject({ style: 'form', explode: false });
      }
  });

  test('headers of requests have a pattern where the service has a rule', () => {
    const { IfMatch, IdempotencyKey } = document.components.parameters;
    const matches = (parameter: typeof IfMatch, value: string) =>
      new RegExp(String(parameter?.schema?.pattern)).test(value);
    for (const value of ['*', '"3"', '"3-1a2b"', '"1", "2"', 'W/"x",""']) expect(matches(IfMatch, value)).toBe(true);
    for (const value of ['', '3', '"', '"a" "b"', '*, "3"']) expect(matches(IfMatch, value)).toBe(false);
    for (const value of ['a', '"a"', 'x'.repeat(255)]) expect(matches(IdempotencyKey, value)).toBe(true);
    for (const value of ['', ' ', '"a', 'x'.repeat(256)]) expect(matches(IdempotencyKey, value)).toBe(false);
  });

  test('PATCH has one media type', () => {
    const patches = operations.filter(({ method }) => method === 'PATCH');
    expect(patches.length).toBeGreaterThan(3);
    for (const { requestBody } of patches)
      expect(Object.keys(requestBody?.content ?? {})).toEqual(['application/merge-patch+json']);
  });

  test('only keywords of JSON Schema that tools read', () => {
    expect([...objectsIn(schemas)].filter((schema) => '$comment' in schema || schema.minItems === 0)).toEqual([]);
  });

  test('integers have a format', () => {
    const integers = [...objectsIn(document)].filter(({ type }) => type === 'integer');
    expect(integers.length).toBeGreaterThan(50);
    for (const { format } of integers) expect(format).toMatch(/^int(32|64)$/);
  });

  test('bodies have an example', () => {
    const bodies = operations.flatMap(({ requestBody, responses }) =>
      [requestBody, ...Object.values(responses)].flatMap((body) => Object.entries(body?.content ?? {})),
    );
    // Formats of other software are described on pages of their own.
    const isForeign = (type: string) => /^text\/|\/yaml$/.test(type);
    const without = bodies.filter(([type, { examples }]) => !isForeign(type) && examples === undefined);
    expect(bodies.length).toBeGreaterThan(500);
    expect(without).toEqual([]);
  });
});
