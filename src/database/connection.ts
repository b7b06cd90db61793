import type { Socket } from 'node:net';
import type { ClientBase } from 'pg';

/** Closes the socket of a connection without Terminate: the server may not respond. */
export function destroyConnection(client: ClientBase): void {
  (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
}
