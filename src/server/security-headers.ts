import type { FastifyInstance, FastifyRequest } from 'fastify';

/** For answers that no browser should show, run or frame (OWASP REST Security Cheat Sheet, security headers). */
export const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

/** The page to try the service runs its own scripts and talks to its own origin; Swagger UI writes styles into elements. */
const DOCUMENTATION = {
  ...SECURITY_HEADERS,
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const;

/** Two years: what browsers ask for before they know a host by heart. Subdomains are their owners' business. */
const TLS_ONLY = { 'strict-transport-security': 'max-age=63072000' } as const;

/**
 * Puts the headers on every answer that tell browsers to do nothing with it. `Strict-Transport-Security` only where a
 * trusted proxy says that the caller came by TLS (RFC 6797, 7.2).
 */
export function addSecurityHeaders(fastify: FastifyInstance, isBehindProxy: boolean): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.headers(isDocumentation(request) ? DOCUMENTATION : SECURITY_HEADERS);
    if (isBehindProxy && request.protocol === 'https') reply.headers(TLS_ONLY);
    done();
  });
}

const isDocumentation = ({ url }: FastifyRequest) => /^\/docs(\/|\?|$)/.test(url);
