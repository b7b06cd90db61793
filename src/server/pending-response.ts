import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The response that a connection is waiting for; undefined on an idle connection. Read from a property of Node: a map
 * would keep the last response of each idle connection in memory, 80 MB for ten thousand of them.
 */
export const pendingResponse = (
  socket: Socket & { _httpMessage?: ServerResponse | null },
): ServerResponse | undefined => socket._httpMessage ?? undefined;
