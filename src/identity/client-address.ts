import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

/**
 * The client address of a request: from `X-Forwarded-For` where a trusted proxy set it, else from the connection.
 * A forwarded value that is no IP address is ignored, because the client may have written it.
 */
export const clientAddressOf = ({ ip, socket }: FastifyRequest): string =>
  isIP(ip) !== 0 ? ip : (socket.remoteAddress ?? '');
