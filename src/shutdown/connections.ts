import type { Server, ServerResponse } from 'node:http';
import { Server as Listener, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';

/** How long an answer that has begun, an export in most cases, may take to end once connections are closed. */
const STREAM_GRACE_MS = 1000;
/** A turn of the event loop so short leaves hardly time for a connection to arrive unseen. */
const QUIET_TURN_MS = 0.2;
const LONGEST_WAIT_FOR_QUIET_MS = 200;

/**
 * What a connection is being answered; undefined where nothing is asked. Node's own note of it, as nothing of ours may
 * hold an answer for as long as an idle connection stays: ten thousand of them would take 80 MB.
 */
export const responseOn = (socket: Socket): ServerResponse | undefined =>
  (socket as { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;

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
   * Closes the listener alone, in a quiet moment: the kernel resets connections that it has accepted and the process has
   * not, and what was sent down them, a POST perhaps, nobody may send again. A refused connection is tried elsewhere.
   */
  async refuseNew(): Promise<void> {
    const deadline = performance.now() + LONGEST_WAIT_FOR_QUIET_MS;
    for (let last = -Infinity, now = performance.now(); now - last > QUIET_TURN_MS && now < deadline;) {
      await setImmediate();
      [last, now] = [now, performance.now()];
    }
    // The method of http.Server would close idle connections too.
    Listener.prototype.close.call(this.server);
  }

  /** Closes each connection as soon as it carries nothing, and after a second all but those that wait for an answer. */
  closeSoon(onCut: (answers: number) => void): void {
    // A connection that carried an answer when the listener closed becomes idle only afterwards.
    setInterval(() => this.server.closeIdleConnections(), 50).unref();
    setTimeout(() => {
      const closing = [...this.open].filter((socket) => !this.isWaiting(socket));
      const cut = closing.filter((socket) => responseOn(socket)?.writableFinished === false).length;
      if (cut > 0) onCut(cut);
      for (const socket of closing) socket.destroy();
    }, STREAM_GRACE_MS).unref();
  }

  /** Whether a request has come in and its answer has not begun. */
  private isWaiting(socket: Socket): boolean {
    return responseOn(socket)?.headersSent === false;
  }
}
