import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../problems/problem';
import type { ProblemCode } from '../problems/problem-codes';
import { responseOn } from '../shutdown/connections';
import { PROBLEM_TYPE } from '../problems/problem.filter';
import { UNMATCHED } from '../instrumentation/request-completion';
import { SECURITY_HEADERS } from './security-headers';

const SECURITY = Object.entries(SECURITY_HEADERS)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');

const CODES: Record<string, ProblemCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};
/** What cannot be read has no method. */
const NO_METHOD = '-';

/**
 * Answers what Node's HTTP parser refuses before there is a request (bad framing, headers too large, too slow), in the
 * same shape as everything else, and closes the connection.
 */
export function handleParserError(this: FastifyInstance, error: Error & { code?: string }, socket: Socket): void {
  // A client that reset the connection hears nothing.
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = new Problem(CODES[error.code ?? ''] ?? 'bad_request', { cause: error });
  const { code, status } = problem;
  // The body of a request that Fastify has already.
  const response = responseOn(socket);
  // Where the client ended the connection in the middle of it, it has gone.
  const isGone = error.code === 'HPE_INVALID_EOF_STATE';
  const id =
    (response && !isGone && this.requestCompletion.respondedDirectly(response, { status, code })) || randomUUID();
  if (!response)
    this.requestCompletion.tell({
      id,
      method: NO_METHOD,
      route: UNMATCHED,
      status,
      ms: 0,
      problem: code,
      client: socket.remoteAddress,
    });
  const body = JSON.stringify(problem.toBody('', id));
  socket.end(
    `HTTP/1.1 ${status} ${problem.toBody('', '').title as string}\r\ncontent-type: ${PROBLEM_TYPE}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\ncache-control: no-store\r\nx-request-id: ${id}\r\n${SECURITY}connection: close\r\n\r\n${body}`,
  );
}
