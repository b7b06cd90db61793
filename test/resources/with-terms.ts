import type { Type } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { grantsTo } from '../../migrations/application-role.ts';
import { TestApp } from '../support/app';
import { createTestDatabase } from '../support/database';
import { CreateTerms1800000000000 } from './terms/create-terms.migration';
import { TermsModule } from './terms/terms.module';

/**
 * Starts the app with `terms`, a resource that exists only in tests. It guards that a new resource needs no edits
 * elsewhere (CONTRIBUTING.md).
 */
export async function startWithTerms(
  environment: Record<string, string> = {},
  moreResources: readonly Type[] = [],
): Promise<TestApp> {
  const database = await createTestDatabase();
  const migrations = [CreateTerms1800000000000];
  const source = await new DataSource({ type: 'postgres', url: database.url, migrations }).initialize();
  await source.runMigrations();
  for (const grant of grantsTo(process.env['TEST_APPLICATION_ROLE'] ?? '')) await source.query(grant);
  await source.destroy();
  return TestApp.start(environment, database, [TermsModule, ...moreResources]);
}
