import { ApiKeys } from '../../src/auth/api-keys/api-keys.service';
import { startWithTerms } from '../resources/with-terms';
import type { TestApp } from '../support/app';
import { testResourceResponses } from './resource-responses';
import { ResponseChecker } from './response-checker';

const isOfTerms = (operationId: string) => operationId.startsWith('terms_');

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
    expect(checker.documents('terms_remove', 'in_use')).toBe(false);
    expect(checker.documents('domains_remove', 'in_use')).toBe(true);
  });
});
