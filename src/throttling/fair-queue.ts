/** Thrown where a client, or all clients together, have too much work waiting, or where a turn does not come in time. */
export class QueueFull extends Error {}

/** Work that waits for its turn. */
interface Turn {
  start: () => void;
}

/** Limits of a queue beyond its size. */
interface FairQueueOptions {
  /** The most work of one client in progress; as much as the queue allows by default. */
  concurrencyPerClient?: number;
  /** The longest wait for a turn in milliseconds; no limit by default. */
  waitMs?: number;
}

/**
 * Bounds the concurrency of costly work, and serves waiting clients in turns: a client with many requests delays its
 * own, and no other client waits longer than one turn of each.
 */
export class FairQueue {
  private running = 0;

  private waiting = 0;

  /** The work in progress of each client that has any. */
  private readonly runningOf = new Map<string, number>();

  /** The waiting work of each client. The next turn is that of the first client. */
  private readonly queues = new Map<string, Turn[]>();

  /**
   * @param concurrency the most work in progress
   * @param mostPerClient the most work of one client that may wait
   * @param most the most work of all clients that may wait
   */
  constructor(
    private readonly concurrency: number,
    private readonly mostPerClient: number,
    private readonly most = 10 * mostPerClient,
    private readonly options: FairQueueOptions = {},
  ) {}

  /** @throws QueueFull, and any error of `work` */
  async run<T>(client: string, work: () => Promise<T>): Promise<T> {
    if (this.canStart(client)) this.count(client, 1);
    else await this.turnOf(client);
    try {
      return await work();
    } finally {
      this.count(client, -1);
      this.startNext();
    }
  }

  private canStart(client: string): boolean {
    const { concurrencyPerClient = this.concurrency } = this.options;
    return this.running < this.concurrency && (this.runningOf.get(client) ?? 0) < concurrencyPerClient;
  }

  private count(client: string, change: number): void {
    this.running += change;
    const running = (this.runningOf.get(client) ?? 0) + change;
    if (running > 0) this.runningOf.set(client, running);
    else this.runningOf.delete(client);
  }

  private turnOf(client: string): Promise<void> {
    const queue = this.queues.get(client) ?? [];
    if (queue.length >= this.mostPerClient || this.waiting >= this.most) throw new QueueFull('The queue is full.');
    this.queues.set(client, queue);
    this.waiting++;
    return new Promise((resolve, reject) => {
      const turn: Turn = { start: resolve };
      queue.push(turn);
      const { waitMs } = this.options;
      if (waitMs === undefined) return;
      const timer = setTimeout(() => {
        this.remove(client, turn);
        reject(new QueueFull('The turn did not come in time.'));
      }, waitMs);
      turn.start = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Gives the place of finished work to the client whose turn it is; it goes to the end of the line. */
  private startNext(): void {
    for (const [client, queue] of this.queues) {
      const [turn] = queue;
      if (!turn || !this.canStart(client)) continue;
      this.remove(client, turn);
      if (queue.length > 0) {
        this.queues.delete(client);
        this.queues.set(client, queue);
      }
      this.count(client, 1);
      return turn.start();
    }
  }

  private remove(client: string, turn: Turn): void {
    const queue = this.queues.get(client) ?? [];
    queue.splice(queue.indexOf(turn), 1);
    if (queue.length === 0) this.queues.delete(client);
    this.waiting--;
  }
}
