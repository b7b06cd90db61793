import type { ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ProblemCode } from '../problems/problem-codes';

/** The route of what matches none. */
export const UNMATCHED = 'unmatched';
/** nginx's status for a client that went away before it was answered; nobody receives it. */
export const CLIENT_GONE = 499;

const REQUEST_ID = Symbol('request id');
type Named = ServerResponse & { [REQUEST_ID]?: string };

/** A request that is over. */
export interface CompletedRequest {
  readonly id: string;
  readonly method: string;
  /** The template, never the URL with its values. */
  readonly route: string;
  /** 499 when the client went away before its whole answer was handed over. */
  readonly status: number;
  readonly ms: number;
  /** Why it was refused; undefined when it was not. */
  readonly problem: ProblemCode | undefined;
  /** Unknown when the client has gone already. */
  readonly client: string | undefined;
  /** Undefined where requests are not traced. */
  readonly traceId?: string | undefined;
  /** Absent where it never became a request of Fastify's. */
  readonly request?: FastifyRequest;
  readonly reply?: FastifyReply;
}

declare module 'fastify' {
  interface FastifyInstance {
    requestCompletion: RequestCompletion;
  }
  interface FastifyRequest {
    /** The problem that it is answered with. */
    problem: ProblemCode | undefined;
  }
}

/**
 * Tells of each request exactly once, when it is over: answered, refused at whatever stage, or given up by its client.
 * The event `close` of the response is the only one that all of them have, pipelined ones of a lost connection too.
 */
@Injectable()
export class RequestCompletion {
  /** Requests that are not over yet. */
  inFlight = 0;

  private readonly listeners: ((end: CompletedRequest) => void)[] = [];

  private readonly answers = new WeakMap<ServerResponse, { status: number; code: ProblemCode }>();

  listen(listener: (end: CompletedRequest) => void): void {
    this.listeners.push(listener);
  }

  /** Before all other hooks: what one of them refuses is a request too. */
  register(fastify: FastifyInstance): void {
    fastify.decorate('requestCompletion', this as RequestCompletion);
    fastify.decorateRequest('problem', undefined);
    fastify.addHook('onRequest', (request, reply, done) => {
      this.inFlight++;
      (reply.raw as Named)[REQUEST_ID] = request.id;
      reply.raw.on('close', () => this.close(request, reply));
      done();
    });
    // Fastify takes the time only for those who ask to hear of the response.
    fastify.addHook('onResponse', (_, _reply, done) => done());
  }

  /** To be called for what Fastify has no hooks for. */
  tell(end: CompletedRequest): void {
    for (const listener of this.listeners) listener(end);
  }

  /** Says that a request is answered past its own response, whose end will tell it; the result is its id. */
  respondedDirectly(response: ServerResponse, answer: { status: number; code: ProblemCode }): string | undefined {
    this.answers.set(response, answer);
    return (response as Named)[REQUEST_ID];
  }

  private close(request: FastifyRequest, reply: FastifyReply): void {
    this.inFlight--;
    const { raw } = reply;
    const past = raw.writableEnded ? undefined : this.answers.get(raw);
    this.tell({
      id: request.id,
      method: request.method,
      route: request.routeOptions.url ?? UNMATCHED,
      status: raw.writableEnded ? reply.statusCode : (past?.status ?? CLIENT_GONE),
      ms: reply.elapsedTime,
      problem: past?.code ?? request.problem,
      client: request.ip,
      traceId: request.traceId,
      request,
      reply,
    });
  }
}
