import type { INestApplication } from '@nestjs/common';
import type { FastifyPluginCallback } from 'fastify';
import fp from 'fastify-plugin';
import { Config } from '../config/config';

/** Response headers that scripts of another origin can read. */
const EXPOSED_HEADERS = [
  'ETag',
  'Link',
  'Location',
  'Retry-After',
  'X-Request-Id',
  'X-Cache',
  'X-Total-Count',
  'X-Export-Losses',
  'X-Page',
  'X-Per-Page',
  'X-Total-Pages',
  'RateLimit',
  'RateLimit-Policy',
  'Idempotency-Replayed',
  'Deprecation',
  'Sunset',
];
const PREFLIGHT_SECONDS = 600;

const register: FastifyPluginCallback<{ app: INestApplication }> = (fastify, { app }, done) => {
  const origins = app.get(Config).CORS_ORIGINS.split(',').filter(Boolean);
  if (origins.length === 0) return done();
  // The package adds a route for every preflight request.
  fastify.addHook('onRoute', (route) => {
    if (route.url === '*') route.config = { ...route.config, access: 'public' };
  });
  app.enableCors({
    origin: origins,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
    credentials: false,
    strictPreflight: false,
    // The routes of allowed-methods.plugin.ts respond to OPTIONS, with `Allow`.
    preflightContinue: true,
  });
  // Handlers set `Vary` later and would replace that of the origin.
  fastify.addHook('onSend', (_, reply, payload, next) => {
    const vary = String(reply.getHeader('vary') ?? '');
    if (!/\borigin\b/i.test(vary)) reply.header('vary', vary === '' ? 'Origin' : `${vary}, Origin`);
    next(null, payload);
  });
  done();
};

/** Lets scripts of CORS_ORIGINS call the service; without any, browsers refuse all. Browser credentials are never accepted. */
export const cors = fp(register, { name: 'cors' });
