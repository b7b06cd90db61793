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

/** The error of the parser as it is emitted; `bytesParsed` is the position in the last packet. */
type ParserError = Error & { code?: string; rawPacket?: unknown; bytesParsed?: number };

/**
 * Responds to what Node's HTTP parser refuses (bad framing, oversized headers, a request that is too slow) with
 * problem+json like every other error, and closes the connection.
 */
export function handleParserError(this: FastifyInstance, error: ParserError, socket: Socket): void {
  // The client has reset the connection and reads no response.
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  // Set where the error is in the body of a request that Fastify handles already.
  const response = pendingResponse(socket);
  // A connection that has sent nothing has made no request: browsers open some in advance.
  const isCounted = !response && socket.bytesRead > 0;
  const limit = isCounted ? this.unparsedRequests.count(socket.remoteAddress ?? '') : undefined;
  const problem = limit?.refusal ?? new Problem(codeOf(error), { cause: error });
  const { code, status } = problem;
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
    ...limit?.headers,
    ...problem.headers,
    'content-length': Buffer.byteLength(body),
    'x-request-id': id,
    ...SECURITY_HEADERS,
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${problemKinds[code].title}\r\n${lines.join('')}\r\n${body}`);
}

const codeOf = (error: ParserError): ProblemCode =>
  error.code === 'HPE_HEADER_OVERFLOW' && isInRequestLine(error)
    ? 'uri_too_long'
    : (CODES[error.code ?? ''] ?? 'bad_request');

/** Whether the parser stopped in the request line: it starts with a method, or ends with the version. */
function isInRequestLine({ rawPacket, bytesParsed = 0 }: ParserError): boolean {
  const text = Buffer.isBuffer(rawPacket) ? rawPacket.toString('latin1') : '';
  const start = text.lastIndexOf('\n', bytesParsed - 1) + 1;
  const [line = ''] = text.slice(start).split('\n', 1);
  return /^[A-Z-]+ /.test(line) || / HTTP\/\d\.\d\r?$/.test(line.slice(-12));
}
