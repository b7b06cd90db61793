import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { Problem } from '../problems/problem';
import type { ProblemCode } from '../problems/problem-codes';
import { PROBLEM_TYPE } from './problem.filter';
import { SECURITY_HEADERS } from './security-headers';

const SECURITY = Object.entries(SECURITY_HEADERS)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');

const CODES: Record<string, ProblemCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};

/**
 * Answers what Node's HTTP parser refuses before there is a request (bad framing, headers too large, too slow), in the
 * same shape as everything else, and closes the connection.
 */
export function answerParserError(error: Error & { code?: string }, socket: Socket): void {
  // A client that reset the connection hears nothing.
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = new Problem(CODES[error.code ?? ''] ?? 'bad_request', { cause: error });
  const requestId = randomUUID();
  const body = JSON.stringify(problem.toBody('', requestId));
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.toBody('', '').title as string}\r\ncontent-type: ${PROBLEM_TYPE}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\ncache-control: no-store\r\nx-request-id: ${requestId}\r\n${SECURITY}connection: close\r\n\r\n${body}`,
  );
}
