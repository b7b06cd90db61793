import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { context, diag, DiagLogLevel, trace } from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { NodeSDK, resources } from '@opentelemetry/sdk-node';
import { VERSION } from '../config/version';
import { type Tracer, tracing } from '../instrumentation/tracing';

/** Asked every few seconds, and nobody looks at their traces. */
const PROBES = /^\/(health\/|metrics(\?|$))/;
/** A collector that is away must not hold up a stop. */
const STOP_DEADLINE_MS = 1000;
const WARN_INTERVAL_MS = 60_000;
const MAX_WARNING = 500;

const { defaultResource, resourceFromAttributes } = resources;
const about = resourceFromAttributes({ 'service.name': 'mdl', 'service.version': VERSION });

// Endpoint, sampler, propagators, resource: from the variables that OpenTelemetry names. Instruments are Prometheus's,
// and the log is on standard output.
const sdk = new NodeSDK({
  resource: defaultResource().merge(about),
  metricReaders: [],
  logRecordProcessors: [],
  instrumentations: [
    new HttpInstrumentation({
      ignoreIncomingRequestHook: ({ url = '' }) => PROBES.test(url),
      // As in the log: what callers write into a query may be a secret put in the wrong place.
      startIncomingSpanHook: () => ({ 'url.query': undefined }),
      disableOutgoingRequestInstrumentation: true,
    }),
    // Texts of statements, never their values; what runs in the background is part of no request.
    new PgInstrumentation({
      requireParentSpan: true,
      // Not the name that a prepared statement has: it is a hash.
      requestHook: (span, { query }) => span.updateName(/\w+/.exec(query.text)?.[0] ?? 'query'),
    }),
  ],
});
sdk.start();

/** A collector that is away is said once a minute, not with every batch. */
const logger = new Logger('Tracing');
let isQuiet = false;
const warn = (...words: unknown[]) => {
  if (isQuiet) return;
  isQuiet = true;
  setTimeout(() => (isQuiet = false), WARN_INTERVAL_MS).unref();
  logger.warn(words.map(String).join(' ').slice(0, MAX_WARNING));
};
const ignore = () => undefined;
diag.setLogger({ error: warn, warn, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.WARN);

const spans = trace.getTracer('mdl', VERSION);

/** The spans of OpenTelemetry: those of http and pg come by themselves, the cache tells its own. */
class OpenTelemetryTracer implements Tracer {
  name(method: string, route: string | undefined): string | undefined {
    const span = trace.getSpan(context.active());
    if (route !== undefined) span?.setAttribute('http.route', route).updateName(`${method} ${route}`);
    return span?.spanContext().traceId;
  }

  record(name: string, ms: number, attributes: Record<string, string>): void {
    if (!trace.getSpan(context.active())?.isRecording()) return;
    const now = Date.now();
    spans.startSpan(name, { startTime: now - ms, attributes }).end(now);
  }

  async stop(): Promise<void> {
    await Promise.race([sdk.shutdown().catch(() => undefined), sleep(STOP_DEADLINE_MS)]);
  }
}

tracing.tracer = new OpenTelemetryTracer();
