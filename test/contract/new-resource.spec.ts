import { ApiKeys } from '../../src/auth/api-keys/api-keys.service';
import { startWithTerms } from '../resources/with-terms';
import type { TestApp } from '../support/app';
import { testResourceResponses } from './resource-responses';
import { ResponseChecker } from './response-checker';

const isOfTerms = (operationId: string) => /Terms?(Revisions?)?$/.test(operationId);

describe('a new resource', () => {
  let app: TestApp;
  let checker: ResponseChecker;

  beforeAll(async () => {
    app = await startWithTerms({ BULK_BODY_LIMIT_BYTES: '10000', BODY_LIMIT_BYTES: '5000' });
    checker = new ResponseChecker(app);
    await checker.start();
  });
  afterAll(async () => {
    await checker.stop();
    await app.stop();
  });

  testResourceResponses('terms', () => ({ app, checker }));

  test('it has a schema for each purpose', () => {
    const { schemas } = checker.document.components;
    expect(Object.keys(schemas).filter((name) => name.includes('Term'))).toEqual(
      expect.arrayContaining(['Term', 'CreateTerm', 'TermPatch', 'TermPage', 'TermCounts', 'BulkTermRequest']),
    );
    expect(schemas.CreateTerm).toMatchObject({ additionalProperties: false, required: ['name'] });
    expect(schemas.Term).toMatchObject({ required: ['term_id', 'version'] });
  });

  test('its tag is declared, so that the documentation page and the test of all examples have it', () => {
    expect(checker.document.tags.map(({ name }) => name)).toContain('terms');
  });

  test('credentials and 304', async () => {
    const { key } = await app.app.get(ApiKeys).create({ name: 'Reader', role: 'viewer' }, 'test');
    for (const operation of checker.operations.values()) {
      if (!isOfTerms(operation.operationId)) continue;
      await checker.refuseCredentials(operation, key);
      if (operation.responses['304']) await checker.revalidate(operation);
    }
  });

  test('every documented status and problem was received, and no other', () => checker.expectComplete(isOfTerms));

  test('409 in_use is not documented, because no resource refers to it', () => {
    expect(checker.documents('deleteTerm', 'in_use')).toBe(false);
    expect(checker.documents('deleteDomain', 'in_use')).toBe(true);
  });
});
