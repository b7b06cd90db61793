import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** What scripts of another origin may read beside the body. */
const READABLE = [
  'ETag',
  'Link',
  'Location',
  'Retry-After',
  'X-Request-Id',
  'X-Cache',
  'X-Total-Count',
  'X-Page',
  'X-Per-Page',
  'X-Total-Pages',
  'RateLimit',
  'RateLimit-Policy',
  'Idempotency-Replayed',
];
const PREFLIGHT_SECONDS = 600;

/** Lets scripts of these origins call the service; without any, browsers let none. Credentials of the browser are never taken. */
export function allowOrigins(app: NestFastifyApplication, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.enableCors({
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: READABLE,
    maxAge: PREFLIGHT_SECONDS,
    credentials: false,
    strictPreflight: false,
    // Our own routes answer: with `Allow`, and behind the other hooks.
    preflightContinue: true,
  });
  // What a handler says of its answer comes later, and in place of what was said for the origin.
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onSend', (_, reply, payload, done) => {
      const vary = String(reply.getHeader('vary') ?? '');
      if (!/\borigin\b/i.test(vary)) reply.header('vary', vary === '' ? 'Origin' : `${vary}, Origin`);
      done(null, payload);
    });
}
