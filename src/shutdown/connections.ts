import type { Server } from 'node:http';
import { Server as Listener, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { pendingResponse } from '../server/pending-response';

/** How long a started response, usually an export, can take once connections are closed. */
const STREAM_GRACE_MS = 1000;
/** In a turn of the event loop as short as this hardly any connection arrives unseen. */
const QUIET_TURN_MS = 0.2;
const MAX_WAIT_FOR_QUIET_MS = 200;

/** The open connections of a server. */
export class Connections {
  private readonly open = new Set<Socket>();

  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.open.add(socket);
      socket.once('close', () => this.open.delete(socket));
    });
  }

  /**
   * Closes the listener, in a quiet moment: the kernel resets connections that it has accepted and the process has not,
   * and a POST that was sent on such a connection must not be sent again. A refused connection is retried elsewhere.
   */
  async refuseNew(): Promise<void> {
    const deadline = performance.now() + MAX_WAIT_FOR_QUIET_MS;
    for (let last = -Infinity, now = performance.now(); now - last > QUIET_TURN_MS && now < deadline;) {
      await setImmediate();
      [last, now] = [now, performance.now()];
    }
    // `close` of http.Server would close idle connections too.
    Listener.prototype.close.call(this.server);
  }

  /** Closes each connection when it becomes idle, and after a second all but those whose response has not begun. */
  closeSoon(onCut: (responses: number) => void): void {
    setInterval(() => this.server.closeIdleConnections(), 50).unref();
    setTimeout(() => {
      // The others have sent a request whose response has not begun.
      const closing = [...this.open].filter((socket) => pendingResponse(socket)?.headersSent !== false);
      const cut = closing.filter((socket) => pendingResponse(socket)?.writableFinished === false).length;
      if (cut > 0) onCut(cut);
      for (const socket of closing) socket.destroy();
    }, STREAM_GRACE_MS).unref();
  }
}
