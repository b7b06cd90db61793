import { readConfig } from '../config/config';
import { AccountsModule } from './accounts/accounts.module';
import { AuthModule } from './auth.module';
import { IdentityProviderModule } from './identity-provider/identity-provider.module';

describe('AuthModule', () => {
  const importsOf = (settings: NodeJS.ProcessEnv) =>
    AuthModule.of(readConfig({ DATABASE_URL: 'postgresql://localhost:5432/mdl', NODE_ENV: 'test', ...settings }))
      .imports;

  it('enables the identity provider with AUTH_ISSUER', () => {
    expect(importsOf({})).not.toContain(IdentityProviderModule);
    const settings = { AUTH_ISSUER: 'https://idp.example', AUTH_AUDIENCE: 'mdl' };
    expect(importsOf(settings)).toContain(IdentityProviderModule);
  });

  it('enables accounts with AUTH_LOCAL', () => {
    expect(importsOf({ AUTH_LOCAL: 'false' })).not.toContain(AccountsModule);
    expect(importsOf({ AUTH_LOCAL: 'true' })).toContain(AccountsModule);
  });
});
