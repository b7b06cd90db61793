import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { VersioningType } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Logger, PinoLogger } from 'nestjs-pino';
import { AppModule } from './app.module';
import { guardEarly } from './auth/roles/roles.guard';
import { Authentication } from './auth/authentication';
import { EarlyCache } from './cache/early-cache';
import type { Config } from './config/config';
import { registerBodyParsers } from './body/body-parsers';
import { compressAnswers } from './responses/compression';
import { allowOrigins } from './server/cors';
import { Drain } from './shutdown/drain';
import { collectMethods } from './server/allowed-methods';
import { PROBLEM_TYPE, toProblem } from './problems/problem.filter';
import { handleParserError } from './server/parser-error';
import { refusal } from './server/request-checks';
import { RequestCompletion, UNMATCHED } from './instrumentation/request-completion';
import { addSecurityHeaders, SECURITY_HEADERS } from './server/security-headers';
import { registerRequestLog } from './logging/request-log';
import { SlowRequestCounts } from './logging/slow-request-counts';
import { serveDocumentation } from './app.openapi';
import { traceRequest, traceRequests } from './instrumentation/tracing';
import { countRequests } from './throttling/count-requests';
import { RequestThrottle } from './throttling/request-throttle';

/** Room for a key of 128 characters, percent-encoded. */
const MAX_PARAMETER_LENGTH = 1024;

/** The Fastify instance under the app: limits and time-outs, and answers to what never becomes a request of Nest. */
function createAdapter(config: Config): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: config.BODY_LIMIT_BYTES,
    // All three, or a stalled body is never timed out.
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    http: {
      headersTimeout: config.REQUEST_TIMEOUT_MS,
      // Node's own answer would be no problem+json; `refusal` gives it.
      requireHostHeader: false,
      connectionsCheckingInterval: Math.min(1000, Math.max(50, config.REQUEST_TIMEOUT_MS / 4)),
    },
    keepAliveTimeout: 72_000,
    rewriteUrl: ({ url = '' }) => originForm(url),
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    // A hop count: `true` would believe whatever a client writes into X-Forwarded-For.
    trustProxy: config.TRUST_PROXY_HOPS === 0 ? false : trustHops(config.TRUST_PROXY_HOPS),
    requestIdHeader: false,
    genReqId: ({ headers }: IncomingMessage) => requestId(headers['x-request-id']),
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: handleParserError,
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      answerFrameworkError(error, request, reply),
  });
}

/** Path and query of a target in absolute form (RFC 9112, 3.2.2): its host is the caller's word and goes into no link. */
const originForm = (target: string) =>
  target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*\/?/i, '/');

/** The nearest proxies are ours, as many as there are hops; what they saw is believed. */
const trustHops = (hops: number) => (_address: string, hop: number) => hop < hops;

/** A caller's request id is kept when it is harmless in a log line (and no API key), so that a trace can be followed through. */
const requestId = (given: string | string[] | undefined): string =>
  typeof given === 'string' && /^(?!mdl_)[\w.:-]{8,100}$/.test(given) ? given : randomUUID();

/** The app as it ships, all but listening: `main.ts` and the tests both begin here. */
export async function createApp(config: Config): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.of(config), createAdapter(config), {
    bodyParser: false,
    // Nest tells of each module and route it finds, and tells a start that fails at length: `main.ts` says it in a line.
    logger: ['fatal'],
    abortOnError: false,
  });
  await setUp(app, config);
  return app;
}

async function setUp(app: NestFastifyApplication, config: Config): Promise<void> {
  app.enableVersioning({ type: VersioningType.URI, prefix: 'api/v' });

  const fastify = app.getHttpAdapter().getInstance();
  registerBodyParsers(fastify);
  const drain = app.get(Drain);
  const ends = app.get(RequestCompletion);
  traceRequests(fastify);
  ends.register(fastify);
  fastify.decorateRequest('timing', undefined);
  fastify.decorateRequest('authenticationMs', 0);
  fastify.decorateRequest('wantsRepresentation', false);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  addSecurityHeaders(fastify, config.TRUST_PROXY_HOPS > 0);
  allowOrigins(app, config.CORS_ORIGINS.split(',').filter(Boolean));
  app.get(Authentication).register(fastify);
  countRequests(fastify, app.get(RequestThrottle));
  fastify.addHook('onRequest', (request, _, done) => done(refusal(request)));
  guardEarly(fastify);
  app.get(EarlyCache).register(fastify);
  // As late as can be: what was in flight when the stop began says it too.
  fastify.addHook('onSend', (_, reply, payload, done) => {
    if (drain.isClosing) reply.header('connection', 'close');
    done(null, payload);
  });
  fastify.addHook('onRoute', (route) => {
    if ((route.config as { bulk?: true } | undefined)?.bulk) route.bodyLimit = config.BULK_BODY_LIMIT_BYTES;
  });
  registerRequestLog(
    fastify,
    ends,
    (await app.resolve(PinoLogger)).logger,
    config.SLOW_REQUEST_MS,
    app.get(SlowRequestCounts),
  );
  // Node's own answer to another expectation than 100-continue would be no problem+json either.
  fastify.server.on('checkExpectation', (request, response) => fastify.routing(request, response));
  if (config.ENABLE_COMPRESSION) await compressAnswers(fastify);
  const answerOtherMethods = collectMethods(fastify);
  if (config.DOCS_ENABLED) serveDocumentation(app);
  await app.init();
  app.useLogger(app.get(Logger));
  answerOtherMethods();
  await fastify.ready();
}

/** What Fastify refuses before it has found a route: a URL that cannot be decoded, a parameter too long. */
function answerFrameworkError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error.code === 'FST_ERR_BAD_URL' ? new URIError(error.message) : error, request);
  // It meets none of the hooks.
  traceRequest(request);
  reply.raw.once('close', () =>
    request.server.requestCompletion.tell({
      id: request.id,
      method: request.method,
      route: UNMATCHED,
      status: problem.status,
      ms: 0,
      problem: problem.code,
      client: request.ip,
      traceId: request.traceId,
    }),
  );
  void reply
    .status(problem.status)
    .headers({
      ...SECURITY_HEADERS,
      'content-type': PROBLEM_TYPE,
      'cache-control': 'no-store',
      'x-request-id': request.id,
      'x-cache': 'BYPASS',
    })
    .send(JSON.stringify(problem.toBody(request.url.split('?', 1)[0] ?? '', request.id, request.traceId)));
}
