import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type INestApplicationContext, Injectable, Logger } from '@nestjs/common';
import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type {} from './tracing';

/** The route of a request that matches none. */
export const UNMATCHED = 'unmatched';
/** The status of a request whose client closed the connection before the response was sent, as in nginx. */
export const CLIENT_CLOSED_REQUEST = 499;

/** A property costs less than a map of responses, and is collected with its response. */
const REQUEST_ID = Symbol('request id');
type TrackedResponse = ServerResponse & { [REQUEST_ID]?: string };

/** The requests of one connection that wait for their responses (pipelining, RFC 9112, 9.3.2): clients send one or few. */
const MAX_PIPELINED = 100;
const PENDING = Symbol('pending requests');
type TrackedSocket = Socket & { [PENDING]?: number };

/** A request whose response was sent, or whose connection was closed. */
export interface CompletedRequest {
  readonly id: string;
  readonly method: string;
  /** The route template, never the URL with its values. */
  readonly route: string;
  /** 499 where the client closed the connection before the whole response was sent. */
  readonly status: number;
  readonly ms: number;
  /** The problem code of an error response. */
  readonly problem: string | undefined;
  /** The client address; undefined where the connection was closed already. */
  readonly client: string | undefined;
  /** Undefined where requests are not traced. */
  readonly traceId?: string | undefined;
  /** Absent for a request that never reached Fastify's hooks. */
  readonly request?: FastifyRequest;
  readonly reply?: FastifyReply;
}

declare module 'fastify' {
  interface FastifyInstance {
    requestCompletion: RequestCompletion;
  }
  interface FastifyRequest {
    /** The problem code of the error response. */
    problem: string | undefined;
  }
}

/** A response that was written to the socket past Fastify, by the handler of parser errors. */
interface DirectResponse {
  status: number;
  code: string;
}

/**
 * Emits each request exactly once, on completion: after a response, a refusal at whatever stage, or a closed connection.
 * The event `close` of the response is the only one that occurs in every case, pipelined requests of a lost connection
 * included.
 */
@Injectable()
export class RequestCompletion {
  private readonly logger = new Logger('Server');

  /** Requests that are not completed. */
  inFlight = 0;

  private readonly listeners: ((completed: CompletedRequest) => void)[] = [];

  private readonly direct = new WeakMap<ServerResponse, DirectResponse>();

  onCompleted(listener: (completed: CompletedRequest) => void): void {
    this.listeners.push(listener);
  }

  /**
   * Follows a request until it is completed. Node reads pipelined requests without bound while responses wait, so a
   * connection with too many is closed.
   *
   * @returns false for a request of a closed connection, of which Node goes on to parse what it has received
   */
  track(request: FastifyRequest, reply: FastifyReply): boolean {
    const socket = request.raw.socket as TrackedSocket;
    if (socket.destroyed) return false;
    const pending = (socket[PENDING] ?? 0) + 1;
    if (pending > MAX_PIPELINED) {
      this.logger.warn({ client: request.ip, pending }, 'Connection closed: too many pipelined requests');
      socket.destroy();
      return false;
    }
    socket[PENDING] = pending;
    this.inFlight++;
    (reply.raw as TrackedResponse)[REQUEST_ID] = request.id;
    reply.raw.on('close', () => {
      socket[PENDING] = (socket[PENDING] ?? 0) - 1;
      this.complete(request, reply);
    });
    return true;
  }

  /** Emits a request that Fastify's hooks do not see. */
  emit(completed: CompletedRequest): void {
    for (const listener of this.listeners) listener(completed);
  }

  /** Records that a request was responded to past its own response; returns the request id. */
  respondedDirectly(response: ServerResponse, direct: DirectResponse): string | undefined {
    this.direct.set(response, direct);
    return (response as TrackedResponse)[REQUEST_ID];
  }

  private complete(request: FastifyRequest, reply: FastifyReply): void {
    this.inFlight--;
    const { raw } = reply;
    const direct = raw.writableEnded ? undefined : this.direct.get(raw);
    this.emit({
      id: request.id,
      method: request.method,
      route: request.routeOptions.url ?? UNMATCHED,
      status: raw.writableEnded ? reply.statusCode : (direct?.status ?? CLIENT_CLOSED_REQUEST),
      ms: reply.elapsedTime,
      problem: direct?.code ?? request.problem,
      client: request.ip,
      traceId: request.traceId,
      request,
      reply,
    });
  }
}

const register: FastifyPluginCallback<{ app: INestApplicationContext }> = (fastify, { app }, done) => {
  const completion = app.get(RequestCompletion);
  fastify.decorate('requestCompletion', completion);
  fastify.decorateRequest('problem', undefined);
  fastify.decorateRequest('timing', undefined);
  fastify.addHook('onRequest', (request, reply, next) => {
    if (completion.track(request, reply)) next();
  });
  // Fastify takes `reply.elapsedTime` only where there is a hook on the response.
  fastify.addHook('onResponse', (_, _reply, next) => next());
  done();
};

/** Follows every request until it is completed, for the request log and for telemetry. */
export const requestCompletion = fp(register, { name: 'request-completion' });
