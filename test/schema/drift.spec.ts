import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { TestApp } from '../support/app';
import { startWithTerms } from '../resources/with-terms';

describe('entities and migrations', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startWithTerms();
  });
  afterAll(() => app.stop());

  it('match: TypeORM would change nothing', async () => {
    const dataSource = app.app.get<DataSource>(getDataSourceToken());
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });
});
