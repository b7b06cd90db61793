import { Module } from '@nestjs/common';
import { HealthIndicatorsModule } from '../../health/health-indicators.module';
import { CredentialsModule } from '../credentials/credentials.module';
import { IdentityProvider } from './identity-provider';
import { IdentityProviderHealth } from './identity-provider.health';

/** Access tokens of an external identity provider. Enabled by AUTH_ISSUER. */
@Module({
  imports: [HealthIndicatorsModule, CredentialsModule],
  providers: [IdentityProvider, IdentityProviderHealth],
})
export class IdentityProviderModule {}
