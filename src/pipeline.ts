import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyPluginAsync, FastifyPluginCallback } from 'fastify';
import { earlyGuards } from './auth/early-guards.plugin';
import { bodyParsers } from './body/body-parsers.plugin';
import { uploads } from './exchange/http/upload.plugin';
import { requestCompletion } from './instrumentation/request-completion';
import { requestTracing } from './instrumentation/tracing';
import { requestLog } from './logging/request-log.plugin';
import { compression } from './responses/compression.plugin';
import { allowedMethods } from './server/allowed-methods.plugin';
import { cors } from './server/cors.plugin';
import { deprecation } from './server/deprecation.plugin';
import { publicUrl } from './server/public-url.plugin';
import { requestChecks } from './server/request-checks.plugin';
import { responseHeaders } from './server/response-headers.plugin';
import { drain } from './shutdown/drain';
import { largeResponses } from './throttling/large-responses.plugin';
import { rateLimitHeaders } from './throttling/rate-limit-headers.plugin';

type Options = { app: NestFastifyApplication };
type Plugin = FastifyPluginCallback<Options> | FastifyPluginAsync<Options>;

/**
 * The request pipeline: Fastify plugins in the order of their hooks, each in the folder that owns it. Nest's
 * interceptors follow them (`app.module.ts`), then pipes and the handler.
 */
export const pipeline: readonly Plugin[] = [
  // First: a request that a later plugin rejects is traced, logged and counted too, and has the same headers.
  requestTracing,
  requestCompletion,
  responseHeaders,
  // Nest installs the hook of CORS before all others; this enables it and keeps `Vary` right.
  cors,
  // Authentication, rate limiting and authorization: before a body is read, and for unknown routes too.
  earlyGuards,
  // Checks that need no body: Host, Expect, percent-encoding, unknown routes and query parameters.
  requestChecks,
  // Before the hooks for headers and bytes, which would run for a response that is refused here.
  largeResponses,
  // Response headers and bytes: absolute links, the remaining rate limit, `Connection: close` while the process drains, compression.
  publicUrl,
  rateLimitHeaders,
  drain,
  compression,
  // One log line for each completed request.
  requestLog,
  // These prepare routes as they are added: parsers of media types, files of imports, headers of deprecated routes, and 405 for the methods
  // that a path lacks.
  bodyParsers,
  uploads,
  deprecation,
  allowedMethods,
];
