import type { INestApplicationContext } from '@nestjs/common';
import type { FastifyPluginCallback } from 'fastify';
import fp from 'fastify-plugin';
import { Config } from '../config/config';

/** For responses that no browser should render, run or frame (OWASP REST Security Cheat Sheet, security headers). */
export const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

/** The page of the API documentation runs its own scripts and calls its own origin; Scalar adds its styles inline. */
const DOCUMENTATION_HEADERS = {
  ...SECURITY_HEADERS,
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const;
const DOCUMENTATION = /^\/docs(\/|\?|$)/;

/** Two years. Subdomains are left to their owners. */
const TRANSPORT_SECURITY = { 'strict-transport-security': 'max-age=63072000' } as const;

const register: FastifyPluginCallback<{ app: INestApplicationContext }> = (fastify, { app }, done) => {
  const isBehindProxy = app.get(Config).TRUST_PROXY_HOPS > 0;
  fastify.addHook('onRequest', (request, reply, next) => {
    reply.header('x-request-id', request.id);
    reply.headers(DOCUMENTATION.test(request.url) ? DOCUMENTATION_HEADERS : SECURITY_HEADERS);
    // Only a trusted proxy knows whether the client used TLS (RFC 6797, 7.2).
    if (isBehindProxy && request.protocol === 'https') reply.headers(TRANSPORT_SECURITY);
    next();
  });
  done();
};

/** Sets the security headers and `X-Request-Id`, which is in log lines and problem bodies too, on every response. */
export const responseHeaders = fp(register, { name: 'response-headers' });
