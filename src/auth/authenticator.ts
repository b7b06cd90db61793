import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectThrottlerStorage } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { Config } from '../config/config';
import type { Generation } from '../generations/generation-reader';
import { AUTH, Generations } from '../generations/generations';
import type { Identity } from '../identity/principal';
import { isRead } from '../responses/representation';
import { routeOf } from '../routing/route';
import { FairQueue, QueueFull } from '../throttling/fair-queue';
import type { Limit } from '../throttling/limit';
import { anonymousLimit } from '../throttling/limits';
import { addressTrackerOf } from '../throttling/tracker';
import { WindowStorage } from '../throttling/window-storage';
import { CREDENTIAL_SOURCES, type CredentialSource } from './credentials/credential-source';

const MAX_CACHED_IDENTITIES = 10_000;
const AUTH_ONLY = [AUTH];
const OVER_LIMIT_CONCURRENCY = 2;
/** Verifications of one address that wait, each for about a millisecond. */
const OVER_LIMIT_WAITING = 500;

interface CachedIdentity {
  identity: Identity;
  source: CredentialSource;
  /** The generation of API keys and accounts at which it was verified. */
  tag: string;
  /** When it was last known to be current, in milliseconds of `performance.now()`. */
  revalidatedAt: number;
  /** When it must be verified again although no generation advanced, on the same clock. */
  expiresAt: number;
}

/**
 * Verifies bearer tokens. A verified identity is cached until an API key or account changes on any instance, which the
 * `auth` generation shows: a request costs a lookup in memory, and a revoked key is refused from the next request on.
 */
@Injectable()
export class Authenticator {
  private readonly cached = new LRUCache<string, CachedIdentity>({ max: MAX_CACHED_IDENTITIES });

  /** Verifications in progress by token and generation: concurrent requests with one token share one. */
  private readonly inFlight = new Map<string, Promise<Identity | undefined>>();

  private readonly anonymousLimit: Limit;

  /** Verifications of addresses over that limit. */
  private readonly overLimit = new FairQueue(OVER_LIMIT_CONCURRENCY, OVER_LIMIT_WAITING);

  constructor(
    private readonly config: Config,
    private readonly generations: Generations,
    @Inject(CREDENTIAL_SOURCES) private readonly sources: readonly CredentialSource[],
    @InjectThrottlerStorage() private readonly windows: WindowStorage,
  ) {
    this.anonymousLimit = anonymousLimit(config);
  }

  /**
   * The identity of a token; undefined for one that is unknown, expired or revoked.
   *
   * @throws Problem 503 where the token cannot be verified at the moment
   */
  async identify(token: string, request: FastifyRequest): Promise<Identity | undefined> {
    // Only the digest stays in memory after the request.
    const digest = hash('sha256', token, 'base64url');
    const cached = this.cached.get(digest);
    // A token in no known form costs no query.
    const source = cached?.source ?? this.sources.find((enabled) => enabled.accepts(token));
    if (!source) return undefined;
    let generation: Generation;
    try {
      // CACHE_MAX_STALENESS_MS permits stale responses, not writes with a revoked key.
      generation = await (isRead(request) ? this.generations.current() : this.generations.current(0));
    } catch (error) {
      return this.stale(cached, request, error as Error);
    }
    request.generation = generation;
    const tag = generation.tag(AUTH_ONLY);
    if (cached?.tag === tag && performance.now() < cached.expiresAt) {
      cached.revalidatedAt = generation.queriedAt;
      return cached.identity;
    }
    const verify = () => this.verifyOnce(source, token, digest, generation);
    return !cached && this.isOverLimit(request) ? this.inTurn(request, verify) : verify();
  }

  /**
   * An address over the limit of anonymous requests may also be that of a client with a valid token, so its tokens are
   * verified too, a few at a time: guesses take at most two connections of the pool.
   */
  private async inTurn(
    request: FastifyRequest,
    verify: () => Promise<Identity | undefined>,
  ): Promise<Identity | undefined> {
    try {
      return await this.overLimit.run(addressTrackerOf(request), verify);
    } catch (error) {
      if (error instanceof QueueFull) return undefined;
      throw error;
    }
  }

  private verifyOnce(
    source: CredentialSource,
    token: string,
    digest: string,
    generation: Generation,
  ): Promise<Identity | undefined> {
    const key = `${digest} ${generation.tag(AUTH_ONLY)}`;
    let verification = this.inFlight.get(key);
    if (!verification) {
      verification = this.verify(source, token, digest, generation).finally(() => this.inFlight.delete(key));
      this.inFlight.set(key, verification);
    }
    return verification;
  }

  private isOverLimit(request: FastifyRequest): boolean {
    return this.config.THROTTLE_ENABLED && this.windows.isFull(addressTrackerOf(request), this.anonymousLimit);
  }

  private async verify(
    source: CredentialSource,
    token: string,
    digest: string,
    generation: Generation,
  ): Promise<Identity | undefined> {
    const identity = await source.identify(token);
    // Unknown tokens are not cached: guesses would push valid ones out.
    if (!identity) this.cached.delete(digest);
    else
      this.cached.set(digest, {
        identity,
        source,
        tag: generation.tag(AUTH_ONLY),
        revalidatedAt: generation.queriedAt,
        expiresAt: performance.now() + source.maxCacheMs,
      });
    return identity;
  }

  /**
   * While the generation cannot be queried, a revoked key cannot be recognised. A principal that was verified a moment
   * ago may read stale cache entries, and nothing else.
   */
  private stale(cached: CachedIdentity | undefined, request: FastifyRequest, error: Error): Identity {
    const ageMs = cached ? performance.now() - cached.revalidatedAt : Infinity;
    const isCachedRoute = this.config.ENABLE_CACHE && routeOf(request).config.cache !== undefined;
    if (!cached || !isCachedRoute || ageMs > this.config.CACHE_STALE_ON_ERROR * 1000) throw error;
    request.generationError = error;
    return cached.identity;
  }
}
