import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Config } from '../config/config';
import { ThrottlingModule } from '../throttling/throttling.module';
import { AccountsModule } from './accounts/accounts.module';
import { ApiKeysModule } from './api-keys/api-keys.module';
import { AuditModule } from './audit/audit.module';
import { Authentication } from './authentication';
import { CredentialsModule } from './credentials/credentials.module';
import { IdentityProviderModule } from './identity-provider/identity-provider.module';
import { MeController } from './me.controller';
import { RolesGuard } from './roles/roles.guard';

/** Authentication with the enabled credential sources, and authorization by role. */
@Module({})
export class AuthModule {
  static of({ AUTH_LOCAL, AUTH_ISSUER }: Config): DynamicModule {
    return {
      module: AuthModule,
      global: true,
      imports: [
        CredentialsModule,
        ApiKeysModule,
        ...(AUTH_LOCAL ? [AccountsModule] : []),
        ...(AUTH_ISSUER ? [IdentityProviderModule] : []),
        AuditModule,
        ThrottlingModule,
      ],
      controllers: [MeController],
      providers: [Authentication, { provide: APP_GUARD, useClass: RolesGuard }],
      exports: [Authentication],
    };
  }
}
