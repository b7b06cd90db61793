import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyPluginAsync, FastifyPluginCallback } from 'fastify';
import { earlyGuards } from './auth/early-guards.plugin';
import { bodyParsers } from './body/body-parsers.plugin';
import { requestCompletion } from './instrumentation/request-completion';
import { requestTracing } from './instrumentation/tracing.plugin';
import { requestLog } from './logging/request-log.plugin';
import { compression } from './responses/compression.plugin';
import { allowedMethods } from './server/allowed-methods.plugin';
import { cors } from './server/cors.plugin';
import { requestChecks } from './server/request-checks.plugin';
import { requestId } from './server/request-id.plugin';
import { securityHeaders } from './server/security-headers.plugin';
import { drain } from './shutdown/drain';
import { rateLimitHeaders } from './throttling/rate-limit-headers.plugin';

type Options = { app: NestFastifyApplication };
type Plugin = FastifyPluginCallback<Options> | FastifyPluginAsync<Options>;

/**
 * The way of every request, in order. Each step is a Fastify plugin in the folder that owns it; what follows them
 * (interceptors, pipes, the handler) is Nest's and listed in `app.module.ts`.
 */
export const pipeline: readonly Plugin[] = [
  // First, so that whatever a later step refuses is traced, completed (logged and counted) and carries every header.
  requestTracing,
  requestCompletion,
  requestId,
  securityHeaders,
  cors,
  // Authentication, rate limiting and authorization: before a body is read, and for unknown routes too.
  earlyGuards,
  // What is wrong with any request: Host, Expect, undecodable queries, unknown routes and parameters.
  requestChecks,
  // On the way out: what is left of the limits, `Connection: close` while the process drains, compressed bytes.
  rateLimitHeaders,
  drain,
  compression,
  // One log line for each completed request.
  requestLog,
  // What a route accepts, and what a path lacks: they act on routes as they are added.
  bodyParsers,
  allowedMethods,
];
