import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';

/**
 * The process on its way out. Its time has two halves: in the first, readiness is down and all else as before, so that
 * load balancers that ask for it turn away. In the second, nobody new is let in and answers carry `Connection: close`:
 * what kept a connection open uses it once more or lets go of it, and never sends a request into its end.
 */
@Injectable()
export class Drain {
  private stopping = false;
  private closing = false;

  /** Readiness is down. */
  get isStopping(): boolean {
    return this.stopping;
  }

  /** Each answer is to be the last of its connection. */
  get isClosing(): boolean {
    return this.closing;
  }

  /** Resolves when the time is over. */
  async begin(milliseconds: number, refuseConnections = () => Promise.resolve()): Promise<void> {
    this.stopping = true;
    const end = sleep(milliseconds);
    await sleep(milliseconds / 2);
    // In this order: whoever is told to close comes back by a new connection.
    await refuseConnections();
    this.closing = true;
    await end;
  }
}
