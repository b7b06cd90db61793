import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';

/** Whether the process is on its way out; readiness asks it, and answers then carry `Connection: close`. */
@Injectable()
export class Drain {
  private stopping = false;

  get isStopping(): boolean {
    return this.stopping;
  }

  /** Takes readiness down and goes on serving for `milliseconds`, so that load balancers turn away first. */
  async begin(milliseconds: number): Promise<void> {
    this.stopping = true;
    await sleep(milliseconds);
  }
}
