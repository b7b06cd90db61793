import { randomUUID } from 'node:crypto';
import { type IncomingMessage, maxHeaderSize } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Config } from '../config/config';
import { handleParserError } from './parser-error';

const KEEP_ALIVE_MS = 72_000;

/**
 * The Fastify instance under the application: its limits and timeouts, and the errors of the HTTP parser. Its router
 * refuses no URL: no hook would run for such a request, and it would escape rate limiting. `requestChecks` refuses them.
 */
export function createAdapter(config: Config): FastifyAdapter {
  const hops = config.TRUST_PROXY_HOPS;
  return new FastifyAdapter({
    bodyLimit: config.BODY_LIMIT_BYTES,
    // All three timeouts are needed, or a stalled body never times out.
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    http: {
      headersTimeout: config.REQUEST_TIMEOUT_MS,
      // `requestChecks` refuses a missing Host; the response of Node would be no problem+json.
      requireHostHeader: false,
      // Node would drop all but the first Host and Authorization.
      joinDuplicateHeaders: true,
      connectionsCheckingInterval: Math.min(1000, Math.max(50, config.REQUEST_TIMEOUT_MS / 4)),
    },
    keepAliveTimeout: KEEP_ALIVE_MS,
    // A client that reads nothing would keep its response in memory for as long as it likes.
    connectionTimeout: config.SEND_TIMEOUT_MS,
    rewriteUrl: ({ url = '' }) => decodable(originForm(url)),
    routerOptions: { maxParamLength: maxHeaderSize },
    // A hop count: `true` would trust whatever a client writes into X-Forwarded-For.
    trustProxy: hops === 0 ? false : (_address: string, hop: number) => hop < hops,
    requestIdHeader: false,
    genReqId: ({ headers }: IncomingMessage) => requestId(headers['x-request-id']),
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: handleParserError,
  });
}

/**
 * Path and query of a target in absolute form (RFC 9112, 3.2.2). Its host is untrusted and must not appear in links.
 * `*` becomes a path without a route: the router would take it for `/`, and run no hooks.
 */
function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const path = target.replace(/^https?:\/\/[^/?]*\/?/i, '/');
  return path.startsWith('/') ? path : `/${path}`;
}

/** A target whose path can be decoded. `requestChecks` finds what could not in `request.originalUrl`. */
function decodable(target: string): string {
  if (!target.includes('%')) return target;
  const end = target.search(/[?#]/);
  const path = end < 0 ? target : target.slice(0, end);
  try {
    decodeURIComponent(path);
    return target;
  } catch {
    return path.replaceAll('%', '%25') + target.slice(path.length);
  }
}

/** A request id of the client is used where it is harmless in a log line, and is no API key. */
const requestId = (given: string | string[] | undefined): string =>
  typeof given === 'string' && /^(?!mdl_)[\w.:-]{8,100}$/.test(given) ? given : randomUUID();
