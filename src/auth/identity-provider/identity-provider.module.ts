import { Module } from '@nestjs/common';
import { HealthIndicatorsModule } from '../../health/health-indicators.module';
import { IdentityProvider } from './identity-provider';
import { IdentityProviderHealth } from './identity-provider.health';

/** Access tokens of an external identity provider. Enabled by AUTH_ISSUER. */
@Module({
  imports: [HealthIndicatorsModule],
  providers: [IdentityProvider, IdentityProviderHealth],
  exports: [IdentityProvider],
})
export class IdentityProviderModule {}
