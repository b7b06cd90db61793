import { Logger } from '@nestjs/common';
import { createLocalJWKSet, type CryptoKey, errors, type JSONWebKeySet, type JWTHeaderParameters } from 'jose';
import { Problem } from '../../problems/problem';

/** Between two fetches: a flood of tokens with invented key ids must not become a flood at the provider. */
const COOL_DOWN_MS = 30_000;
/** The same while no keys are known at all: nobody gets in until they are. */
const RETRY_MS = 5_000;
/** After which the keys are fetched again, so that one which the provider took back is refused. */
const MAX_AGE_MS = 600_000;

/** The signing keys of the identity provider: fetched when they are needed, kept while it is down. */
export class ProviderKeys {
  private readonly logger = new Logger(ProviderKeys.name);

  private known: ReturnType<typeof createLocalJWKSet> | undefined;

  private fetchedAt = -Infinity;

  private triedAt = -Infinity;

  /** Why the last fetch failed; undefined when it did not. */
  private fault: unknown;

  private pending: Promise<void> | undefined;

  /** Whether the last fetch failed; before the first one is needed none has. */
  get isFailing(): boolean {
    return this.fault !== undefined;
  }

  constructor(private readonly fetchKeySet: () => Promise<JSONWebKeySet>) {}

  /**
   * The key that a token names.
   *
   * @throws Problem 503 when the key is not known and the keys cannot be fetched
   * @throws JOSEError when the provider has no such key
   */
  async find(header: JWTHeaderParameters): Promise<CryptoKey> {
    if (performance.now() - this.fetchedAt > MAX_AGE_MS) await this.refresh();
    try {
      if (this.known) return await this.known(header);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    await this.refresh();
    // Without the newest keys nobody can say that the provider has no such key.
    if (!this.known || this.fault !== undefined) throw unavailable(this.fault);
    return this.known(header);
  }

  /** Fetches the keys, unless that was tried a moment ago; those who ask meanwhile wait for the same fetch. */
  private refresh(): Promise<void> {
    if (this.pending) return this.pending;
    const wait = this.known ? COOL_DOWN_MS : RETRY_MS;
    if (performance.now() - this.triedAt < wait) return Promise.resolve();
    this.triedAt = performance.now();
    this.pending = this.fetch().finally(() => (this.pending = undefined));
    return this.pending;
  }

  private async fetch(): Promise<void> {
    try {
      this.known = createLocalJWKSet(await this.fetchKeySet());
      this.fetchedAt = performance.now();
      this.fault = undefined;
    } catch (error) {
      this.fault = error;
      this.logger.warn({ err: error }, 'The keys of the identity provider could not be fetched');
    }
  }
}

const unavailable = (cause: unknown): Problem =>
  new Problem('identity_provider_unavailable', {
    detail: 'The keys of the identity provider cannot be fetched.',
    headers: { 'retry-after': '5' },
    cause,
  });
