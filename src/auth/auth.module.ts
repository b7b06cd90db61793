import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from '../config/config';
import { GenerationsModule } from '../generations/generations.module';
import { ThrottlingModule } from '../throttling/throttling.module';
import { AccountsModule } from './accounts/accounts.module';
import { Sessions } from './accounts/sessions.service';
import { ApiKeysModule } from './api-keys/api-keys.module';
import { ApiKeys } from './api-keys/api-keys.service';
import { AuditModule } from './audit/audit.module';
import { AuthenticationGuard } from './authentication.guard';
import { Authenticator } from './authenticator';
import { CREDENTIAL_SOURCES, type CredentialSource } from './credentials/credential-source';
import { IdentityProvider } from './identity-provider/identity-provider';
import { IdentityProviderModule } from './identity-provider/identity-provider.module';
import { MeController } from './me.controller';
import { RolesGuard } from './roles/roles.guard';

/** Authentication with the enabled credential sources, and authorization by role. */
@Module({})
export class AuthModule {
  static of({ AUTH_LOCAL, AUTH_ISSUER }: Config): DynamicModule {
    return {
      module: AuthModule,
      imports: [
        ApiKeysModule,
        ...(AUTH_LOCAL ? [AccountsModule] : []),
        ...(AUTH_ISSUER ? [IdentityProviderModule] : []),
        AuditModule,
        GenerationsModule,
        ThrottlingModule,
      ],
      controllers: [MeController],
      providers: [
        AuthenticationGuard,
        Authenticator,
        RolesGuard,
        {
          provide: CREDENTIAL_SOURCES,
          inject: [ApiKeys, ...(AUTH_LOCAL ? [Sessions] : []), ...(AUTH_ISSUER ? [IdentityProvider] : [])],
          useFactory: (...sources: CredentialSource[]) => sources,
        },
      ],
    };
  }
}
