import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module';
import { CredentialsModule } from '../credentials/credentials.module';
import { ApiKey } from './api-key.entity';
import { ApiKeysController } from './api-keys.controller';
import { ApiKeys } from './api-keys.service';

/** API keys of clients. */
@Module({
  imports: [TypeOrmModule.forFeature([ApiKey]), AuditModule, CredentialsModule],
  controllers: [ApiKeysController],
  providers: [ApiKeys],
})
export class ApiKeysModule {}
