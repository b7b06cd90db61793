/** Thrown where a client, or all clients together, have too much work waiting. */
export class QueueFull extends Error {}

/**
 * Bounds the concurrency of costly work, and serves waiting clients in turns: a client with many requests delays its
 * own, and no other client waits longer than one turn of each.
 */
export class FairQueue {
  private running = 0;

  private waiting = 0;

  /** The waiting work of each client. The next turn is that of the first client. */
  private readonly queues = new Map<string, (() => void)[]>();

  /**
   * @param concurrency the most work in progress
   * @param mostPerClient the most work of one client that may wait
   * @param most the most work of all clients that may wait
   */
  constructor(
    private readonly concurrency: number,
    private readonly mostPerClient: number,
    private readonly most = 10 * mostPerClient,
  ) {}

  /** @throws QueueFull, and any error of `work` */
  async run<T>(client: string, work: () => Promise<T>): Promise<T> {
    if (this.running < this.concurrency) this.running++;
    else await this.turnOf(client);
    try {
      return await work();
    } finally {
      this.startNext();
    }
  }

  private turnOf(client: string): Promise<void> {
    const queue = this.queues.get(client) ?? [];
    if (queue.length >= this.mostPerClient || this.waiting >= this.most) throw new QueueFull('The queue is full.');
    this.queues.set(client, queue);
    this.waiting++;
    return new Promise((start) => queue.push(start));
  }

  /** Gives the place of finished work to the client whose turn it is; it goes to the end of the line. */
  private startNext(): void {
    for (const [client, queue] of this.queues) {
      this.queues.delete(client);
      const start = queue.shift();
      if (queue.length > 0) this.queues.set(client, queue);
      this.waiting--;
      return start?.();
    }
    this.running--;
  }
}
