import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CacheSettings } from '../generations/cache-settings';
import { negotiate } from '../responses/compression';
import { matchesNone } from '../responses/preconditions';
import { READ_HEADERS } from '../responses/representation';
import type { ResponseKind } from '../routing/route-options';
import { CacheCounts, type CacheState } from './cache-counts';
import type { CacheKey } from './cache-keys';
import { type CacheResult, ResponseCache } from './response-cache';

/** Sends cache entries: finished bytes in the encoding that the client prefers, or 304. */
@Injectable()
export class CachedResponseSender {
  constructor(
    private readonly settings: CacheSettings,
    private readonly cache: ResponseCache,
    private readonly counts: CacheCounts,
  ) {}

  /** Sets status and headers; returns the body, none for 304. */
  prepare(
    { entry, state, age }: CacheResult,
    { kind, url }: Pick<CacheKey, 'kind' | 'url'>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Buffer | Promise<Buffer> | undefined {
    this.report(kind, state, request, reply);
    if (age !== undefined) reply.header('age', String(age));
    const condition = request.headers['if-none-match'];
    if (condition !== undefined && matchesNone(condition, entry.etag)) return this.notModified(entry.etag, reply);
    reply.headers(entry.headers);
    const encoding = this.settings.ENABLE_COMPRESSION ? negotiate(request.headers) : 'identity';
    if (entry.isEncodedAs(encoding)) reply.header('content-encoding', encoding);
    return entry.bytesAs(encoding, this.cache.onGrown(url));
  }

  /** Prepares a 304 for an entry that need not be in the cache. */
  prepareNotModified(etag: string, kind: ResponseKind, request: FastifyRequest, reply: FastifyReply): undefined {
    this.report(kind, 'HIT', request, reply);
    return this.notModified(etag, reply);
  }

  /** Reports the state of the cache to the client, the statistics, the log and `Server-Timing`. */
  report(kind: ResponseKind, state: CacheState, { timing }: FastifyRequest, reply: FastifyReply): void {
    this.counts.count(kind, state);
    reply.header('x-cache', state);
    if (!timing) return;
    timing.cache = state;
    timing.totalMs = reply.elapsedTime;
    reply.header('server-timing', timing.toHeader());
  }

  private notModified(etag: string, reply: FastifyReply): undefined {
    this.counts.notModified++;
    void reply.status(304).headers(READ_HEADERS).header('etag', etag);
  }
}
