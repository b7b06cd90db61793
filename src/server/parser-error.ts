import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { UNMATCHED } from '../instrumentation/request-completion';
import { Problem } from '../problems/problem';
import { type ProblemCode, problemKinds } from '../problems/problem-codes';
import { PROBLEM_HEADERS } from '../problems/problem.filter';
import { pendingResponse } from './pending-response';
import { SECURITY_HEADERS } from './response-headers.plugin';

const CODES: Record<string, ProblemCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};
/** A request that cannot be parsed has no method. */
const NO_METHOD = '-';

/**
 * Responds to what Node's HTTP parser refuses (bad framing, oversized headers, a request that is too slow) with
 * problem+json like every other error, and closes the connection.
 */
export function handleParserError(this: FastifyInstance, error: Error & { code?: string }, socket: Socket): void {
  // The client has reset the connection and reads no response.
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = new Problem(CODES[error.code ?? ''] ?? 'bad_request', { cause: error });
  const { code, status } = problem;
  // Set where the error is in the body of a request that Fastify handles already.
  const response = pendingResponse(socket);
  // The client closed the connection within its request.
  const isClosed = error.code === 'HPE_INVALID_EOF_STATE';
  const id =
    (response && !isClosed && this.requestCompletion.respondedDirectly(response, { status, code })) || randomUUID();
  if (!response)
    this.requestCompletion.emit({
      id,
      method: NO_METHOD,
      route: UNMATCHED,
      status,
      ms: 0,
      problem: code,
      client: socket.remoteAddress,
    });
  const body = JSON.stringify(problem.toBody('', id));
  const headers = {
    ...PROBLEM_HEADERS,
    'content-length': Buffer.byteLength(body),
    'x-request-id': id,
    ...SECURITY_HEADERS,
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${problemKinds[code].title}\r\n${lines.join('')}\r\n${body}`);
}
