import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { GenerationsModule } from '../generations/generations.module';
import { HealthIndicatorsModule } from '../health/health-indicators.module';
import { PaginationModule } from '../pagination/pagination.module';
import { ThrottlingModule } from '../throttling/throttling.module';
import { ApiKey } from './api-keys/api-key.entity';
import { ApiKeysController } from './api-keys/api-keys.controller';
import { ApiKeys } from './api-keys/api-keys.service';
import { AuditEntry } from './audit/audit-entry.entity';
import { AuditLog } from './audit/audit-log';
import { AuditController } from './audit/audit.controller';
import { AuthenticationGuard } from './authentication.guard';
import { Authenticator } from './authenticator';
import { CredentialsModule } from './credentials/credentials.module';
import { IdentityProvider } from './identity-provider/identity-provider';
import { IdentityProviderHealth } from './identity-provider/identity-provider.health';
import { MeController } from './me.controller';
import { RolesGuard } from './roles/roles.guard';

/** Authentication and authorization: closed by default, `@Requires` or `@Public` on each route. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forFeature([ApiKey, AuditEntry]),
    GenerationsModule,
    ThrottlingModule,
    HealthIndicatorsModule,
    PaginationModule,
    CredentialsModule,
  ],
  controllers: [ApiKeysController, AuditController, MeController],
  providers: [
    ApiKeys,
    AuditLog,
    AuthenticationGuard,
    Authenticator,
    IdentityProvider,
    IdentityProviderHealth,
    RolesGuard,
  ],
  exports: [ApiKeys, AuditLog, AuthenticationGuard, RolesGuard],
})
export class AuthModule {}
