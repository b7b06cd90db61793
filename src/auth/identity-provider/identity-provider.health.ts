import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { HealthIndicators } from '../../health/health-indicators';
import { IdentityProvider } from './identity-provider';

/** Whether the provider's keys can be fetched; without it callers with keys of ours get in all the same. */
@Injectable()
export class IdentityProviderHealth {
  constructor(indicators: HealthIndicators, { AUTH_ISSUER }: Config, provider: IdentityProvider) {
    if (!AUTH_ISSUER) return;
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
