import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestResponse } from '../support/app';

/** A response as it was received. */
export interface RawResponse extends TestResponse {
  /** Whether the server closed the connection afterwards. */
  closed: boolean;
  milliseconds: number;
}

/** How long to wait for more data on an open connection. */
const PATIENCE_MS = 2500;

/**
 * Writes pieces to a connection, one after the other, and reads until the server closes it or a whole response has
 * arrived.
 */
export async function exchange(port: number, ...pieces: (string | { wait: number })[]): Promise<RawResponse> {
  const start = performance.now();
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  let received = '';
  let closed = false;
  const ended = new Promise<void>((resolve) => {
    socket.on('data', (chunk: string) => (received += chunk));
    socket.on('error', () => resolve());
    socket.on('close', () => {
      closed = true;
      resolve();
    });
  });
  for (const piece of pieces) {
    if (typeof piece === 'string') socket.write(piece, 'latin1');
    else await Promise.race([sleep(piece.wait), ended]);
  }
  await Promise.race([ended, sleep(PATIENCE_MS, undefined, { ref: false })]);
  socket.destroy();
  return { ...parse(received), closed, milliseconds: performance.now() - start };
}

/** Parses the last response (after an interim `100 Continue`). */
function parse(received: string): TestResponse {
  const start = received.lastIndexOf('HTTP/1.1 ');
  const [head = '', ...rest] = received.slice(Math.max(start, 0)).split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const text = Buffer.from(rest.join('\r\n\r\n'), 'latin1').toString();
  return { status: Number(statusLine.split(' ')[1]), headers, text, body: undefined };
}
