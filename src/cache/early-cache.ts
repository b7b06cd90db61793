import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { Config } from '../config/config';
import { matchesNone } from '../responses/preconditions';
import { RequestTiming } from '../instrumentation/request-timing';
import { tracing } from '../instrumentation/tracing';
import { CachedResponseSender } from './cached-response-sender';
import type { CachedRoute } from './cached-route';
import { Generation } from '../generations/generation';
import { Generations } from '../generations/generations';
import { weakEtag } from './cache-entry';
import { Questions } from './cache-keys';
import { type Question, ResponseCache } from './response-cache';

/** What a request to a cached route asks, for the interceptor that finds the answer; why the cache cannot know, if it cannot. */
export type Asked = { question: Question } | { away: unknown; url: string; kind: CachedRoute['kind'] };

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined on routes that are not cached. */
    asked: Asked | undefined;
    /** Where the database was after the request came, when it has been asked for that already. */
    generation: Generation | undefined;
    /** Why it could not be asked when it was asked who calls: the caller may have what is kept, marked as stale, and no more. */
    generationError: Error | undefined;
  }
}

/**
 * Answers what memory keeps, and those who have the answer already, as soon as a request is known to be allowed: a hook of
 * Fastify's, since the way through guards and interceptors costs more than all of this (docs/performance.md). Everything
 * else goes on to the cache interceptor.
 */
@Injectable()
export class EarlyCache {
  constructor(
    private readonly config: Config,
    private readonly generations: Generations,
    private readonly questions: Questions,
    private readonly cache: ResponseCache,
    private readonly sender: CachedResponseSender,
  ) {}

  /** Puts the hook on every route with `@Cached`, behind those of the whole instance. */
  register(fastify: FastifyInstance): void {
    fastify.decorateRequest('asked', undefined);
    fastify.decorateRequest('generation', undefined);
    if (!this.config.ENABLE_CACHE) return;
    const hooks = new Map<string, onRequestHookHandler>();
    fastify.addHook('onRoute', (route) => {
      const { cached } = (route.config ?? {}) as { cached?: CachedRoute };
      if (!cached) return;
      const hook = hooks.get(route.url) ?? ((request, reply, done) => this.answer(cached, request, reply, done));
      hooks.set(route.url, hook);
      // The route for HEAD is made of that for GET, with or without its hooks.
      const present = [route.onRequest ?? []].flat();
      if (!present.includes(hook)) route.onRequest = [...present, hook];
    });
  }

  private answer(
    route: CachedRoute,
    request: FastifyRequest,
    reply: FastifyReply,
    done: (error?: Error) => void,
  ): void {
    try {
      const url = this.questions.urlOf(route, request);
      if (request.generationError) {
        request.asked = { away: request.generationError, url, kind: route.kind };
        return done();
      }
      const generation = request.generation ?? this.generations.current();
      request.timing = new RequestTiming(reply.elapsedTime);
      if (generation instanceof Generation) return this.answerAt(generation, route, url, request, reply, done);
      generation
        .then(
          (known) => this.answerAt(known, route, url, request, reply, done),
          (away: unknown) => {
            traceLookup('away', reply.elapsedTime - (request.timing?.beforeMs ?? 0));
            request.asked = { away, url, kind: route.kind };
            done();
          },
        )
        .catch(done);
    } catch (error) {
      done(error as Error);
    }
  }

  private answerAt(
    generation: Generation,
    route: CachedRoute,
    url: string,
    request: FastifyRequest,
    reply: FastifyReply,
    done: () => void,
  ): void {
    const { timing } = request;
    if (timing) timing.generationMs = reply.elapsedTime - timing.beforeMs;
    const question = this.questions.at(generation, route, url);
    const answer = this.cache.hit(question);
    if (answer) {
      traceLookup('hit', timing?.generationMs);
      return this.sender.sendNow({ answer, state: 'HIT' }, question, request, reply);
    }
    // A caller with this very tag has the answer, whether or not it is still kept here.
    const condition = request.headers['if-none-match'];
    if (condition !== undefined && condition !== '*') {
      const etag = weakEtag(this.cache.nameOf(question));
      if (matchesNone(condition, etag)) {
        traceLookup('not_modified', timing?.generationMs);
        return this.sender.confirmNow(etag, route.kind, request, reply);
      }
    }
    traceLookup('miss', timing?.generationMs);
    request.asked = { question };
    done();
  }
}

/** The wait for the generation is all of its length: the rest takes microseconds. */
const traceLookup = (result: 'hit' | 'not_modified' | 'miss' | 'away', generationMs = 0) =>
  tracing.tracer?.record('cache lookup', generationMs, {
    'mdl.cache.layer': 'memory',
    'mdl.cache.result': result,
  });
