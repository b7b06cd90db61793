import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Config } from '../config/config';
import { ErrorMapper } from '../problems/error-mapper';
import { ProblemsModule } from '../problems/problems.module';
import { Database } from './database';
import { toDatabaseProblem } from './database-errors';
import { databaseOptions } from './database-options';

/** The connection pool, statements and transactions. Global: nearly every module of the service runs statements. */
@Global()
@Module({
  imports: [
    ProblemsModule,
    TypeOrmModule.forRootAsync({
      inject: [Config],
      useFactory: (config: Config) => ({ ...databaseOptions(config), autoLoadEntities: true, toRetry: () => false }),
    }),
  ],
  providers: [Database],
  exports: [Database],
})
export class DatabaseModule {
  constructor(errors: ErrorMapper) {
    errors.register(toDatabaseProblem);
  }
}
