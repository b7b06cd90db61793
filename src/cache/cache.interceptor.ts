import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { Config } from '../config/config';
import { isDatabaseAway } from '../database/database-errors';
import { negotiate } from '../http/compression';
import { matchesNone } from '../http/preconditions';
import { READ_HEADERS, type Representation } from '../http/representation';
import { type AnswerKind, CacheCounts, type CacheState } from './cache-counts';
import { CACHED_ROUTE, type CachedRoute } from './cached-route';
import type { Generation } from './generation';
import { Generations } from './generations';
import { weakTag } from './kept-answer';
import { Questions } from './questions';
import { type Found, type Question, ResponseCache } from './response-cache';

/**
 * Answers a GET route from the cache (`@Cached`): asks the database for its generation, then memory, Redis, and only then
 * the handler. `If-None-Match` is answered before any of them where the tag comes from the generation.
 */
@Injectable()
export class CacheInterceptor implements NestInterceptor {
  private readonly routes = new Map<object, CachedRoute | undefined>();

  constructor(
    private readonly config: Config,
    private readonly generations: Generations,
    private readonly questions: Questions,
    private readonly cache: ResponseCache,
    private readonly counts: CacheCounts,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> | Promise<Observable<unknown>> {
    const route = this.routeOf(context.getHandler());
    if (!route || !this.config.ENABLE_CACHE) return next.handle();
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const url = this.questions.urlOf(route, request);
    const answer = (generation: Generation) =>
      this.answer(this.questions.at(generation, route, url), request, reply, next);
    const generation = this.generations.current();
    if (!(generation instanceof Promise)) return answer(generation);
    const askedAt = performance.now();
    return generation.then(
      (known) => {
        if (request.timing) request.timing.generationMs = performance.now() - askedAt;
        return answer(known);
      },
      (error: unknown) => this.answerWithout(error, route, url, request, reply, next),
    );
  }

  private routeOf(handler: object): CachedRoute | undefined {
    if (!this.routes.has(handler))
      this.routes.set(handler, Reflect.getMetadata(CACHED_ROUTE, handler) as CachedRoute | undefined);
    return this.routes.get(handler);
  }

  private answer(
    question: Question,
    request: FastifyRequest,
    reply: FastifyReply,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    const condition = request.headers['if-none-match'];
    const kept = this.cache.hit(question);
    if (kept) return this.send({ answer: kept, state: 'HIT' }, question, request, reply);
    // A caller with this very tag has the answer, whether or not it is still kept here.
    if (condition !== undefined && condition !== '*') {
      const etag = weakTag(this.cache.nameOf(question));
      if (matchesNone(condition, etag)) {
        this.tell(question.kind, 'HIT', request, reply);
        return this.notModified(etag, reply);
      }
    }
    // Unless it says otherwise in the end: an error tells of no cache.
    reply.header('x-cache', 'MISS');
    request.wantsRepresentation = true;
    return this.cache
      .fetch(question, () => lastValueFrom(next.handle()) as Promise<Representation>)
      .then((found) => this.send(found, question, request, reply));
  }

  /** The database cannot be asked: the last known answer where it is away, else whatever the handler can say. */
  private answerWithout(
    error: unknown,
    { kind }: CachedRoute,
    url: string,
    request: FastifyRequest,
    reply: FastifyReply,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    const last = isDatabaseAway(error) ? this.cache.lastKnown(url) : undefined;
    if (last) return this.send(last, { kind, url }, request, reply);
    this.tell(kind, 'BYPASS', request, reply);
    return next.handle();
  }

  private send(
    { answer, state, age }: Found,
    { kind, url }: Pick<Question, 'kind' | 'url'>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    this.tell(kind, state, request, reply);
    if (age !== undefined) reply.header('age', String(age));
    const condition = request.headers['if-none-match'];
    if (condition !== undefined && matchesNone(condition, answer.etag)) return this.notModified(answer.etag, reply);
    reply.headers(answer.headers);
    const encoding = negotiate(request.headers);
    if (answer.isEncodedAs(encoding)) reply.header('content-encoding', encoding);
    const bytes = answer.bytesAs(encoding, this.cache.onGrown(url));
    return bytes instanceof Promise ? bytes.then((made) => of(made)) : of(bytes);
  }

  private notModified(etag: string, reply: FastifyReply): Observable<unknown> {
    this.counts.notModified++;
    void reply.status(304).headers(READ_HEADERS).header('etag', etag);
    return of(undefined);
  }

  /** Says how the answer came about: to the caller, in the counts and in the log. */
  private tell(kind: AnswerKind, state: CacheState, request: FastifyRequest, reply: FastifyReply): void {
    this.counts.count(kind, state);
    if (request.timing) request.timing.cache = state;
    reply.header('x-cache', state);
  }
}
