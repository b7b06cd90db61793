import { Logger } from '@nestjs/common';
import { createRemoteJWKSet, type CryptoKey, customFetch, errors, type JWTHeaderParameters } from 'jose';
import type { Config } from '../../config/config';
import { Problem } from '../../problems/problem';
import { discoveryUrl, fetchDiscoveredKeySet } from './discovery';

/** Timeout for discovery and key set together, in milliseconds: a request waits for them. */
const FETCH_TIMEOUT_MS = 2_000;
/** Shortest time between two fetches, so that tokens with invented key ids do not flood the provider. */
const COOLDOWN_MS = 30_000;
/** The same while no keys are known, when no token can be verified. */
const RETRY_MS = 5_000;
/** Age at which the keys are fetched again, so that a withdrawn key is rejected. */
const MAX_AGE_MS = 600_000;

/**
 * The signing keys of the identity provider: a remote key set of jose, which fetches, parses and selects keys. Own code
 * decides when it fetches: jose would reject all tokens once its keys are too old and the provider is down, and would
 * fetch again for every token after a failure.
 */
export class ProviderKeys {
  private readonly logger = new Logger(ProviderKeys.name);

  private readonly keySet: ReturnType<typeof createRemoteJWKSet>;

  private fetchedAt = -Infinity;

  private attemptedAt = -Infinity;

  /** The error of the last fetch; undefined when it succeeded. */
  private failure: unknown;

  constructor({ AUTH_ISSUER, AUTH_JWKS_URL }: Config) {
    this.keySet = createRemoteJWKSet(new URL(AUTH_JWKS_URL || discoveryUrl(AUTH_ISSUER)), {
      timeoutDuration: FETCH_TIMEOUT_MS,
      cooldownDuration: Infinity,
      cacheMaxAge: Infinity,
      ...(!AUTH_JWKS_URL && { [customFetch]: fetchDiscoveredKeySet(AUTH_ISSUER) }),
    });
  }

  /** Whether the last fetch failed; false before the first. */
  get isFailing(): boolean {
    return this.failure !== undefined;
  }

  /**
   * Finds the key that a token names.
   *
   * @throws Problem 503 `identity_provider_unavailable` when the key is unknown and the keys cannot be fetched
   * @throws JOSEError when the provider has no such key
   */
  async find(header: JWTHeaderParameters): Promise<CryptoKey> {
    if (performance.now() - this.fetchedAt > MAX_AGE_MS) await this.refresh();
    try {
      if (this.keySet.jwks()) return await this.keySet(header);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    await this.refresh();
    if (this.isFailing || !this.keySet.jwks()) throw unavailable(this.failure);
    return this.keySet(header);
  }

  /** Fetches the keys, unless the last attempt was too recent. Concurrent calls share one fetch. */
  private async refresh(): Promise<void> {
    if (!this.keySet.reloading) {
      const pause = this.keySet.jwks() ? COOLDOWN_MS : RETRY_MS;
      if (performance.now() - this.attemptedAt < pause) return;
      this.attemptedAt = performance.now();
    }
    try {
      await this.keySet.reload();
      this.fetchedAt = performance.now();
      this.failure = undefined;
    } catch (error) {
      if (error !== this.failure) this.logger.warn({ err: error }, 'Could not fetch the keys of the identity provider');
      this.failure = error;
    }
  }
}

const unavailable = (cause: unknown): Problem =>
  new Problem('identity_provider_unavailable', {
    detail: 'The keys of the identity provider cannot be fetched.',
    headers: { 'retry-after': '5' },
    cause,
  });
