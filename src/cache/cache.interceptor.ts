import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable, of } from 'rxjs';
import { isDatabaseUnavailable } from '../database/database-errors';
import { CacheSettings } from '../generations/cache-settings';
import { Generation } from '../generations/generation-reader';
import { Generations } from '../generations/generations';
import { RequestTiming, withQueryStats } from '../instrumentation/request-timing';
import { tracing } from '../instrumentation/tracing';
import { Problem } from '../problems/problem';
import { negotiate } from '../responses/compression';
import { matchesNone } from '../responses/preconditions';
import { READ_HEADERS, type Representation } from '../responses/representation';
import { requestOf, routeOf } from '../routing/route';
import type { ResponseKind } from '../routing/route-options';
import { CacheCounts, type CacheState } from './cache-counts';
import { weakEtag } from './cache-entry';
import { type CacheKey, CacheKeys } from './cache-keys';
import { type CacheResult, ResponseCache } from './response-cache';

declare module 'fastify' {
  interface FastifyRequest {
    /** The generation, where authentication has queried it for this request already. */
    generation: Generation | undefined;
    /** Why authentication could not query it: only stale entries are served. */
    generationError: Error | undefined;
  }
}

/** How much later a waiting request times out than the handler of the fill. */
const OWN_TIMEOUT_MS = 50;

/** A request to a cached route. */
interface CachedRequest {
  request: FastifyRequest;
  reply: FastifyReply;
  route: { resource: string; kind: ResponseKind };
  /** Path and canonical query. */
  url: string;
  timing: RequestTiming;
  next: CallHandler;
}

/**
 * The response cache of routes with `@Cached`: queries the generation of the database, then responds from memory, with
 * 304, from Redis, or by the handler, and with a stale entry while the database is unavailable.
 *
 * The first of the interceptors: a hit passes through no other.
 */
@Injectable()
export class CacheInterceptor implements NestInterceptor {
  constructor(
    private readonly settings: CacheSettings,
    private readonly generations: Generations,
    private readonly keys: CacheKeys,
    private readonly cache: ResponseCache,
    private readonly counts: CacheCounts,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> | Promise<Observable<unknown>> {
    const request = requestOf(context);
    const { cache: route } = routeOf(request).config;
    if (route === undefined || !this.settings.ENABLE_CACHE) return next.handle();
    const reply = context.getArgByIndex<FastifyReply>(1);
    const timing = (request.timing = new RequestTiming(reply.elapsedTime));
    const cached: CachedRequest = { request, reply, route, url: this.keys.urlOf(request), timing, next };
    if (request.generationError) return this.respondStale(cached, request.generationError);
    const generation = request.generation ?? this.generations.current();
    return generation instanceof Generation
      ? this.respond(cached, generation)
      : generation.then(
          (known) => this.respond(cached, known),
          (error: unknown) => this.respondStale(cached, error),
        );
  }

  private respond(cached: CachedRequest, generation: Generation): Observable<unknown> | Promise<Observable<unknown>> {
    const { request, reply, route, url, timing } = cached;
    timing.generationMs = reply.elapsedTime - timing.beforeMs;
    const key = this.keys.at(generation, route.resource, url);
    const entry = this.cache.get(key);
    if (entry) {
      traceLookup('hit', timing.generationMs);
      return this.send({ entry, state: 'HIT' }, cached);
    }
    // A client with the current tag has the response, whether or not it is still in the cache.
    const condition = request.headers['if-none-match'];
    if (condition !== undefined && condition !== '*') {
      const etag = weakEtag(this.cache.nameOf(key));
      if (matchesNone(condition, etag)) {
        traceLookup('not_modified', timing.generationMs);
        this.report('HIT', cached);
        return of(this.notModified(etag, reply));
      }
    }
    traceLookup('miss', timing.generationMs);
    return this.fill(key, cached);
  }

  private async fill(key: CacheKey, cached: CachedRequest): Promise<Observable<unknown>> {
    const { request, reply, timing, next } = cached;
    // On errors too.
    reply.header('x-cache', 'MISS');
    request.wantsRepresentation = true;
    try {
      const result = withQueryStats(timing.database, () =>
        this.cache.getOrFill(key, () => lastValueFrom(next.handle() as Observable<Representation>)),
      );
      return this.send(await this.withTimeout(result), cached);
    } catch (error) {
      // A request that waited for the fill of another one has passed no other interceptor.
      timing.totalMs = reply.elapsedTime;
      reply.header('server-timing', timing.toHeader());
      throw error;
    }
  }

  /**
   * Bounds the wait for the fill of another request. A fill of its own has the timeout of its handler, which comes first.
   *
   * @throws Problem 504 `timeout`
   */
  private withTimeout(result: Promise<CacheResult>): Promise<CacheResult> {
    const { HANDLER_TIMEOUT_MS: timeoutMs } = this.settings;
    if (timeoutMs === 0) return result;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Problem('timeout')), timeoutMs + OWN_TIMEOUT_MS).unref();
      result.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  private respondStale(cached: CachedRequest, error: unknown): Observable<unknown> {
    const { request, reply, url, timing, next } = cached;
    traceLookup('away', reply.elapsedTime - timing.beforeMs);
    const stale = isDatabaseUnavailable(error) ? this.cache.getStale(url) : undefined;
    if (stale) return this.send(stale, cached);
    if (request.generationError) throw request.generationError;
    this.report('BYPASS', cached);
    return next.handle();
  }

  /** Sends an entry: its bytes in the encoding that the client prefers, or 304. */
  private send({ entry, state, age }: CacheResult, cached: CachedRequest): Observable<unknown> {
    const { request, reply, url } = cached;
    this.report(state, cached);
    if (age !== undefined) reply.header('age', String(age));
    if (matchesNone(request.headers['if-none-match'], entry.etag)) return of(this.notModified(entry.etag, reply));
    reply.headers(entry.headers);
    const encoding = this.settings.ENABLE_COMPRESSION ? negotiate(request.headers) : 'identity';
    if (entry.isEncodedAs(encoding)) reply.header('content-encoding', encoding);
    const body = entry.bytesAs(encoding, this.cache.onGrown(url));
    return body instanceof Promise ? from(body) : of(body);
  }

  /** Reports the state of the cache to the client, the statistics, the log and `Server-Timing`. */
  private report(state: CacheState, { route, reply, timing }: CachedRequest): void {
    this.counts.count(route.kind, state);
    reply.header('x-cache', state);
    timing.cache = state;
    timing.totalMs = reply.elapsedTime;
    reply.header('server-timing', timing.toHeader());
  }

  private notModified(etag: string, reply: FastifyReply): undefined {
    this.counts.notModified++;
    void reply.status(304).headers(READ_HEADERS).header('etag', etag);
  }
}

/** The span has the duration of the generation query: the rest of a lookup takes microseconds. */
const traceLookup = (result: 'hit' | 'not_modified' | 'miss' | 'away', generationMs: number) =>
  tracing.tracer?.record('cache lookup', generationMs, {
    'mdl.cache.layer': 'memory',
    'mdl.cache.result': result,
  });
