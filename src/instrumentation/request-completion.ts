import type { ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** The route of requests that match none. */
export const UNMATCHED = 'unmatched';
/** nginx's status for a client that closed the connection before the response was complete; never sent. */
export const CLIENT_GONE = 499;

const REQUEST_ID = Symbol('request id');
type Identified = ServerResponse & { [REQUEST_ID]?: string };

/** A completed request. */
export interface CompletedRequest {
  readonly id: string;
  readonly method: string;
  /** The route's template, never the URL with its values. */
  readonly route: string;
  /** 499 if the client closed the connection before the response was complete. */
  readonly status: number;
  readonly ms: number;
  /** The code of the problem response, if the request was refused or failed. */
  readonly problem: string | undefined;
  /** The client's address; undefined if the connection was closed before it was read. */
  readonly client: string | undefined;
  /** Undefined without tracing. */
  readonly traceId?: string | undefined;
  /** Absent if Node's parser or Fastify's router refused the request. */
  readonly request?: FastifyRequest;
  readonly reply?: FastifyReply;
}

declare module 'fastify' {
  interface FastifyInstance {
    requestCompletion: RequestCompletion;
  }
  interface FastifyRequest {
    /** The code of the problem response. */
    problem: string | undefined;
  }
}

/**
 * Emits an event for each request, exactly once, when it is complete: served, refused at any stage, or aborted by the
 * client. It relies on the event `close` of the response, which every request has, also pipelined requests of a lost
 * connection.
 */
@Injectable()
export class RequestCompletion {
  /** Requests in progress. */
  inFlight = 0;

  private readonly listeners: ((completed: CompletedRequest) => void)[] = [];

  private readonly directResponses = new WeakMap<ServerResponse, { status: number; code: string }>();

  listen(listener: (completed: CompletedRequest) => void): void {
    this.listeners.push(listener);
  }

  /** Adds the hooks. They must run before all others, because a request refused by a hook is complete too. */
  register(fastify: FastifyInstance): void {
    fastify.decorate('requestCompletion', this as RequestCompletion);
    fastify.decorateRequest('problem', undefined);
    fastify.addHook('onRequest', (request, reply, done) => {
      this.inFlight++;
      (reply.raw as Identified)[REQUEST_ID] = request.id;
      reply.raw.on('close', () => this.close(request, reply));
      done();
    });
    // Fastify measures `elapsedTime` only if there is an `onResponse` hook.
    fastify.addHook('onResponse', (_, _reply, done) => done());
  }

  /** Emits the event of a request that runs no hooks. */
  tell(completed: CompletedRequest): void {
    for (const listener of this.listeners) listener(completed);
  }

  /**
   * Records that the parser's error handler wrote a response to the socket of a request in progress. The event is
   * emitted when that request's own response closes.
   *
   * @returns the id of the request, or undefined if it has not reached the hooks
   */
  respondedDirectly(response: ServerResponse, direct: { status: number; code: string }): string | undefined {
    this.directResponses.set(response, direct);
    return (response as Identified)[REQUEST_ID];
  }

  private close(request: FastifyRequest, reply: FastifyReply): void {
    this.inFlight--;
    const { raw } = reply;
    const direct = raw.writableEnded ? undefined : this.directResponses.get(raw);
    this.tell({
      id: request.id,
      method: request.method,
      route: request.routeOptions.url ?? UNMATCHED,
      status: raw.writableEnded ? reply.statusCode : (direct?.status ?? CLIENT_GONE),
      ms: reply.elapsedTime,
      problem: direct?.code ?? request.problem,
      client: request.ip,
      traceId: request.traceId,
      request,
      reply,
    });
  }
}
