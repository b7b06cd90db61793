import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../../problems/problem';

/** The log line and the telemetry of a response that was cut have the status that was sent. */
const CUT = { status: 200, code: 'timeout' };

/** One export in progress, and how fast its client reads. */
export class RunningExport {
  /** Settles when its stream is closed, and its database connection free. */
  readonly ended: Promise<void>;

  private readonly startedAt = performance.now();

  private readonly raw: ServerResponse;

  constructor(
    readonly client: string,
    private readonly request: FastifyRequest,
    { raw }: FastifyReply,
    private readonly stream: Readable,
  ) {
    this.raw = raw;
    this.ended = new Promise((resolve) => (stream.closed ? resolve() : stream.once('close', resolve)));
    if (raw.closed) stream.destroy();
    else raw.once('close', () => stream.destroy());
  }

  get requestId(): string {
    return this.request.id;
  }

  get ageMs(): number {
    return performance.now() - this.startedAt;
  }

  /** The bytes sent on its connection, compressed ones where they are. */
  get bytesSent(): number {
    return this.raw.socket?.bytesWritten ?? 0;
  }

  /** Whether the buffers are full, so that nothing but its client holds it up. */
  get isWaitingForClient(): boolean {
    return this.raw.writableNeedDrain;
  }

  /** Ends it without the line with the count. */
  stop(): void {
    if (this.raw.headersSent) this.request.server.requestCompletion.respondedDirectly(this.raw, CUT);
    this.stream.destroy(new Problem('timeout'));
  }
}
