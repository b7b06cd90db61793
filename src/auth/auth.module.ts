import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RolesGuard } from './roles/roles.guard';
import { ApiKey } from './api-keys/api-key.entity';
import { ApiKeysController } from './api-keys/api-keys.controller';
import { ApiKeys } from './api-keys/api-keys.service';
import { AuditLog } from './audit/audit-log';
import { AuditController } from './audit/audit.controller';
import { AuditEntry } from './audit/audit-entry.entity';
import { HealthIndicatorsModule } from '../health/health-indicators.module';
import { ThrottlingModule } from '../throttling/throttling.module';
import { CredentialsModule } from './credentials/credentials.module';
import { Authentication } from './authentication';
import { IdentityProvider } from './identity-provider/identity-provider';
import { IdentityProviderHealth } from './identity-provider/identity-provider.health';
import { MeController } from './me.controller';

/** Who calls, and what they may do: closed by default, a decorator on each route. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forFeature([ApiKey, AuditEntry]),
    ThrottlingModule,
    HealthIndicatorsModule,
    CredentialsModule,
  ],
  controllers: [ApiKeysController, AuditController, MeController],
  providers: [
    ApiKeys,
    AuditLog,
    Authentication,
    IdentityProvider,
    IdentityProviderHealth,
    { provide: APP_GUARD, useClass: RolesGuard },
  ],
  exports: [ApiKeys, AuditLog, Authentication],
})
export class AuthModule {}
