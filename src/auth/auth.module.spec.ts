import type { FactoryProvider } from '@nestjs/common';
import { readConfig } from '../config/config';
import { AccountsModule } from './accounts/accounts.module';
import { Sessions } from './accounts/sessions.service';
import { ApiKeys } from './api-keys/api-keys.service';
import { AuthModule } from './auth.module';
import { CREDENTIAL_SOURCES } from './credentials/credential-source';
import { IdentityProvider } from './identity-provider/identity-provider';
import { IdentityProviderModule } from './identity-provider/identity-provider.module';

describe('AuthModule', () => {
  const moduleOf = (settings: NodeJS.ProcessEnv) =>
    AuthModule.of(readConfig({ DATABASE_URL: 'postgresql://localhost:5432/mdl', NODE_ENV: 'test', ...settings }));
  const importsOf = (settings: NodeJS.ProcessEnv) => moduleOf(settings).imports;
  const sourcesOf = (settings: NodeJS.ProcessEnv) =>
    (moduleOf(settings).providers as FactoryProvider[]).find(({ provide }) => provide === CREDENTIAL_SOURCES)?.inject;
  const withIssuer = { AUTH_ISSUER: 'https://idp.example', AUTH_AUDIENCE: 'mdl' };

  it('enables the identity provider with AUTH_ISSUER', () => {
    expect(importsOf({})).not.toContain(IdentityProviderModule);
    expect(importsOf(withIssuer)).toContain(IdentityProviderModule);
  });

  it('enables accounts with AUTH_LOCAL', () => {
    expect(importsOf({ AUTH_LOCAL: 'false' })).not.toContain(AccountsModule);
    expect(importsOf({ AUTH_LOCAL: 'true' })).toContain(AccountsModule);
  });

  it('accepts the credentials of the enabled sources only', () => {
    expect(sourcesOf({ AUTH_LOCAL: 'false' })).toEqual([ApiKeys]);
    expect(sourcesOf({ AUTH_LOCAL: 'true' })).toEqual([ApiKeys, Sessions]);
    expect(sourcesOf({ AUTH_LOCAL: 'false', ...withIssuer })).toEqual([ApiKeys, IdentityProvider]);
    expect(sourcesOf({ AUTH_LOCAL: 'true', ...withIssuer })).toEqual([ApiKeys, Sessions, IdentityProvider]);
  });
});
