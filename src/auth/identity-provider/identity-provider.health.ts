import { Injectable } from '@nestjs/common';
import { HealthIndicators } from '../../health/health-indicators';
import { IdentityProvider } from './identity-provider';

/** Health of the identity provider: degraded while its keys cannot be fetched. API keys and sessions stay valid. */
@Injectable()
export class IdentityProviderHealth {
  constructor(indicators: HealthIndicators, provider: IdentityProvider) {
    indicators.register({
      name: 'identity_provider',
      failing: 'degraded',
      check: () =>
        provider.isFailing
          ? { state: 'degraded', message: 'The keys of the identity provider cannot be fetched.' }
          : { state: 'up' },
    });
  }
}
