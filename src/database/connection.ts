import type { Socket } from 'node:net';
import type { ClientBase, Pool } from 'pg';

/** Closes the socket of a connection without Terminate: the server may not respond. */
export function destroyConnection(client: ClientBase): void {
  (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
}

/** Discards connections that are probably dead or read-only, which only the next request of each would find out. */
export function discardIdleConnections(pool: Pool): void {
  for (let left = pool.idleCount; left > 0; left--)
    pool.connect().then(
      (client) => {
        destroyConnection(client);
        client.release(true);
      },
      () => undefined,
    );
}
