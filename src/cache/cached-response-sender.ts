import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '../config/config';
import { negotiate } from '../responses/compression';
import { matchesNone } from '../responses/preconditions';
import { READ_HEADERS } from '../responses/representation';
import { type ResponseKind, CacheCounts, type CacheState } from './cache-counts';
import { type Found, type Question, ResponseCache } from './response-cache';

type About = Pick<Question, 'kind' | 'url'>;

/** Sends answers as they are kept: finished bytes, in the encoding that the caller prefers, or 304. */
@Injectable()
export class CachedResponseSender {
  constructor(
    private readonly config: Config,
    private readonly cache: ResponseCache,
    private readonly counts: CacheCounts,
  ) {}

  /** Sends an answer at once, without a handler. */
  sendNow(found: Found, about: About, request: FastifyRequest, reply: FastifyReply): void {
    const bytes = this.prepare(found, about, request, reply);
    this.time(request, reply);
    if (bytes === undefined || Buffer.isBuffer(bytes)) void reply.send(bytes);
    else
      bytes.then(
        (made) => void reply.send(made),
        (error: unknown) => void reply.send(error),
      );
  }

  /** Answers 304 at once. */
  confirmNow(etag: string, kind: ResponseKind, request: FastifyRequest, reply: FastifyReply): void {
    this.tell(kind, 'HIT', request, reply);
    this.confirm(etag, reply);
    this.time(request, reply);
    void reply.send();
  }

  /** Sets status and headers. The result is the body, none for 304. */
  prepare(
    { answer, state, age }: Found,
    { kind, url }: About,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Buffer | Promise<Buffer> | undefined {
    this.tell(kind, state, request, reply);
    if (age !== undefined) reply.header('age', String(age));
    const condition = request.headers['if-none-match'];
    if (condition !== undefined && matchesNone(condition, answer.etag)) return this.confirm(answer.etag, reply);
    reply.headers(answer.headers);
    const encoding = this.config.ENABLE_COMPRESSION ? negotiate(request.headers) : 'identity';
    if (answer.isEncodedAs(encoding)) reply.header('content-encoding', encoding);
    return answer.bytesAs(encoding, this.cache.onGrown(url));
  }

  /** Says how the answer came about: to the caller, in the counts and in the log. */
  tell(kind: ResponseKind, state: CacheState, request: FastifyRequest, reply: FastifyReply): void {
    this.counts.count(kind, state);
    if (request.timing) request.timing.cache = state;
    reply.header('x-cache', state);
  }

  private confirm(etag: string, reply: FastifyReply): undefined {
    this.counts.notModified++;
    void reply.status(304).headers(READ_HEADERS).header('etag', etag);
  }

  private time({ timing }: FastifyRequest, reply: FastifyReply): void {
    if (!timing) return;
    timing.totalMs = reply.elapsedTime;
    reply.header('server-timing', timing.toHeader());
  }
}
