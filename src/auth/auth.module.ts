import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccessGuard } from './access.guard';
import { ApiKey } from './api-key.entity';
import { ApiKeysController } from './api-keys.controller';
import { ApiKeys } from './api-keys.service';
import { Audit } from './audit';
import { AuditController } from './audit.controller';
import { AuditEntry } from './audit-entry.entity';
import { HealthIndicatorsModule } from '../health/health-indicators.module';
import { ThrottlingModule } from '../throttling/throttling.module';
import { Authentication } from './authentication';
import { IdentityProvider } from './identity-provider';
import { IdentityProviderHealth } from './identity-provider.health';
import { MeController } from './me.controller';

/** Who calls, and what they may do: closed by default, a decorator on each route. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([ApiKey, AuditEntry]), ThrottlingModule, HealthIndicatorsModule],
  controllers: [ApiKeysController, AuditController, MeController],
  providers: [
    ApiKeys,
    Audit,
    Authentication,
    IdentityProvider,
    IdentityProviderHealth,
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [ApiKeys, Audit, Authentication],
})
export class AuthModule {}
