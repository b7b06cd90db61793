import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { context, diag, DiagLogLevel, trace } from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { NodeSDK, resources } from '@opentelemetry/sdk-node';
import { VERSION } from '../config/version';
import { tracing } from '../instrumentation/tracing';

/** Probes and scrapes run every few seconds; they are not traced. */
const PROBES = /^\/(health\/|metrics(\?|$))/;
/** An unavailable collector must not delay shutdown. */
const STOP_DEADLINE_MS = 1000;
const WARN_INTERVAL_MS = 60_000;
const MAX_WARNING_LENGTH = 500;

const { defaultResource, resourceFromAttributes } = resources;
const serviceResource = resourceFromAttributes({ 'service.name': 'mdl', 'service.version': VERSION });

// The SDK reads endpoint, sampler, propagators and resource from the standard OTEL_* variables. It exports neither
// metrics (Prometheus scrapes them) nor logs (they go to standard output).
const sdk = new NodeSDK({
  resource: defaultResource().merge(serviceResource),
  metricReaders: [],
  logRecordProcessors: [],
  instrumentations: [
    new HttpInstrumentation({
      ignoreIncomingRequestHook: ({ url = '' }) => PROBES.test(url),
      // A query string can contain a secret by mistake; the log omits it too.
      startIncomingSpanHook: () => ({ 'url.query': undefined }),
      disableOutgoingRequestInstrumentation: true,
    }),
    // Spans contain the text of statements without values. Background work has no parent span and is not traced.
    new PgInstrumentation({
      requireParentSpan: true,
      // The name of a prepared statement is a hash; use the SQL command instead.
      requestHook: (span, { query }) => span.updateName(/\w+/.exec(query.text)?.[0] ?? 'query'),
    }),
  ],
});
sdk.start();

/** Logs an unavailable collector once a minute, not with every batch. */
const logger = new Logger('Tracing');
let isQuiet = false;
const warn = (...words: unknown[]) => {
  if (isQuiet) return;
  isQuiet = true;
  setTimeout(() => (isQuiet = false), WARN_INTERVAL_MS).unref();
  logger.warn(words.map(String).join(' ').slice(0, MAX_WARNING_LENGTH));
};
const ignore = () => undefined;
diag.setLogger({ error: warn, warn, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.WARN);

const spans = trace.getTracer('mdl', VERSION);

/** Implements `Tracer` with OpenTelemetry. HTTP and PostgreSQL spans are automatic; the cache records its own. */
tracing.tracer = {
  name(method, route) {
    const span = trace.getSpan(context.active());
    if (route !== undefined) span?.setAttribute('http.route', route).updateName(`${method} ${route}`);
    return span?.spanContext().traceId;
  },

  record(name, ms, attributes) {
    if (!trace.getSpan(context.active())?.isRecording()) return;
    const now = Date.now();
    spans.startSpan(name, { startTime: now - ms, attributes }).end(now);
  },

  async stop() {
    await Promise.race([sdk.shutdown().catch(() => undefined), sleep(STOP_DEADLINE_MS)]);
  },
};
