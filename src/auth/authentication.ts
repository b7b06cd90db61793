import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Generation } from '../generations/generation';
import { AUTH, Generations } from '../generations/generations';
import { Config } from '../config/config';
import { isRead } from '../responses/representation';
import { timeAuthentication } from '../instrumentation/request-timing';
import { RequestThrottle } from '../throttling/request-throttle';
import { MAX_TOKEN_LENGTH } from './credentials/bearer-token';
import type { CredentialSource } from './credentials/credential-source';
import { CredentialSources } from './credentials/credential-sources';
import { ANONYMOUS, type Identity, type Principal } from '../identity/principal';

/** Callers that are remembered; whoever is forgotten is looked up again. */
const MAX_REMEMBERED = 10_000;
const BEARER = new RegExp(`^Bearer +([\\w.~+/=-]{1,${MAX_TOKEN_LENGTH}})$`, 'i');
const AUTH_ONLY = [AUTH];

interface Remembered {
  identity: Identity;
  source: CredentialSource;
  /** The generation of keys and accounts that it is true for. */
  tag: string;
  /** When the database was last known to agree, in milliseconds of `performance.now()`. */
  revalidatedAt: number;
  /** When it has to be looked up again though nothing changed here, on the same clock. */
  lookUpAt: number;
}

/**
 * Finds out who calls. What was found is remembered until a key or account changes anywhere, which the generation tells:
 * so a request costs a look into memory, and a key that is revoked is refused by every instance on the next request.
 */
@Injectable()
export class Authentication {
  private readonly remembered = new LRUCache<string, Remembered>({ max: MAX_REMEMBERED });

  /** Being looked up, by token and generation: whoever shows the same meanwhile waits for the one answer. */
  private readonly lookups = new Map<string, Promise<Identity | undefined>>();

  private readonly anonymous: Principal | null;

  /** What the service shows when it asks itself (warming): of this process, never told. */
  readonly ownToken = randomBytes(32).toString('base64url');

  constructor(
    private readonly config: Config,
    private readonly generations: Generations,
    private readonly sources: CredentialSources,
    private readonly throttle: RequestThrottle,
  ) {
    const { AUTH_ANONYMOUS_ROLE: role } = config;
    this.anonymous = role === 'none' ? null : { id: ANONYMOUS, role };
  }

  /** Puts a hook before all that asks who calls. */
  register(fastify: FastifyInstance): void {
    fastify.decorateRequest('principal', null);
    fastify.decorateRequest('credentialsError', undefined);
    fastify.decorateRequest('authenticationError', undefined);
    fastify.decorateRequest('generationError', undefined);
    fastify.addHook('onRequest', (request, _, done) => {
      const { authorization } = request.headers;
      if (authorization === undefined) {
        request.principal = this.anonymous;
        return done();
      }
      const [, token] = BEARER.exec(authorization) ?? [];
      if (token === undefined) {
        request.credentialsError = 'The header Authorization must be `Bearer` and one token.';
        return done();
      }
      // What fails is told where it is decided who may do what: public routes ask nobody, and the limits come before.
      this.authenticate(token, request)
        .catch((error: unknown) => (request.authenticationError = error as Error))
        .finally(timeAuthentication(request, done));
    });
  }

  private async authenticate(token: string, request: FastifyRequest): Promise<void> {
    if (this.isService(token)) {
      request.principal = { id: 'service', role: 'viewer' };
      return;
    }
    const identity = await this.identityOf(token, request);
    if (identity && Date.now() < identity.expiresAt) {
      identity.onUse?.();
      request.principal = identity.principal;
    } else request.credentialsError ??= 'The credentials are unknown, expired or revoked.';
  }

  private isService(token: string): boolean {
    return token.length === this.ownToken.length && timingSafeEqual(Buffer.from(token), Buffer.from(this.ownToken));
  }

  private async identityOf(token: string, request: FastifyRequest): Promise<Identity | undefined> {
    // A token in plain text has no place in memory longer than its request.
    const digest = hash('sha256', token, 'base64url');
    const known = this.remembered.get(digest);
    // A token in no known form costs no query.
    const source = known?.source ?? this.sources.find(token);
    if (!source) return undefined;
    let generation: Generation;
    try {
      // What is bought with CACHE_MAX_STALENESS_MS is old answers, not writes of those who may not any more.
      generation = await (isRead(request) ? this.generations.current() : this.generations.current(0));
    } catch (error) {
      return this.lastKnown(known, request, error as Error);
    }
    request.generation = generation;
    const tag = generation.tag(AUTH_ONLY);
    if (known?.tag === tag && performance.now() < known.lookUpAt) {
      known.revalidatedAt = generation.askedAt;
      return known.identity;
    }
    // Who has used up their limit by guessing is refused in any case; the database is not asked for them.
    if (!known && this.throttle.isUsedUp(request)) return undefined;
    const flight = `${digest} ${tag}`;
    let lookup = this.lookups.get(flight);
    if (!lookup) {
      lookup = this.lookUp(source, token, digest, tag, generation.askedAt).finally(() => this.lookups.delete(flight));
      this.lookups.set(flight, lookup);
    }
    return lookup;
  }

  private async lookUp(
    source: CredentialSource,
    token: string,
    digest: string,
    tag: string,
    revalidatedAt: number,
  ): Promise<Identity | undefined> {
    const identity = await source.identify(token);
    const lookUpAt = performance.now() + source.maxCacheMs;
    // Guesses would push out those who are known.
    if (identity) this.remembered.set(digest, { identity, source, tag, revalidatedAt, lookUpAt });
    else this.remembered.delete(digest);
    return identity;
  }

  /**
   * While the generation cannot be asked, nobody knows whether a key was revoked. Whoever was known a moment ago may read
   * what is kept, marked as stale, and nothing else.
   */
  private lastKnown(known: Remembered | undefined, request: FastifyRequest, failure: Error): Identity {
    const { cached } = request.routeOptions.config as { cached?: object };
    const age = known ? performance.now() - known.revalidatedAt : Infinity;
    if (!known || !cached || !this.config.ENABLE_CACHE || age > this.config.CACHE_STALE_ON_ERROR * 1000) throw failure;
    request.generationError = failure;
    return known.identity;
  }
}
