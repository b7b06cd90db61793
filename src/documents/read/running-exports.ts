import type { Readable } from 'node:stream';
import { type CallHandler, type ExecutionContext, Injectable, Logger, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { Config } from '../../config/config';
import { Database } from '../../database/database';
import { Problem } from '../../problems/problem';
import { NDJSON_TYPE } from '../../body/media-types';
import { acceptsParameter } from '../../routing/accept';
import { requestOf } from '../../routing/route';
import { FairQueue, QueueFull } from '../../throttling/fair-queue';
import { trackerOf } from '../../throttling/tracker';
import { ThrottlingStats } from '../../throttling/throttling-stats';
import type { DocumentExport } from './document-export';

/** The log line and the telemetry of a response that was cut have the status that was sent. */
const CUT = { status: 200, code: 'timeout' };

/** Exports of one client that wait for a turn. */
const MAX_WAITING = 20;

/**
 * The exports in progress. Each holds a database connection for as long as its client reads, so a client has a share of
 * the connections for exports, and an export a deadline.
 */
@Injectable()
export class RunningExports {
  private readonly logger = new Logger('Export');

  private readonly queue: FairQueue;

  constructor(
    private readonly config: Config,
    database: Database,
    private readonly stats: ThrottlingStats,
  ) {
    const concurrencyPerClient = Math.ceil(database.maxStreams / 4);
    // As long as for a connection of the pool.
    const { DATABASE_POOL_TIMEOUT_MS: waitMs } = config;
    // The database bounds all exports together.
    this.queue = new FairQueue(Infinity, MAX_WAITING, undefined, {
      concurrencyPerClient,
      ...(waitMs > 0 && { waitMs }),
    });
  }

  /**
   * Starts an export when it is the turn of its client. It ends when its stream has been read, or the client is gone.
   *
   * @throws Problem 429 `rate_limited` where the turn does not come in time; any error of `start`
   */
  run(request: FastifyRequest, { raw }: FastifyReply, start: () => Promise<DocumentExport>): Promise<DocumentExport> {
    return new Promise((resolve, reject) => {
      const work = async () => {
        const file = await start();
        resolve(file);
        const stream = file.getStream();
        if (!stream.closed && !raw.closed)
          await new Promise((end) => [stream, raw].forEach((one) => one.once('close', end)));
      };
      this.queue.run(trackerOf(request), work).catch((error: unknown) => {
        const isFull = error instanceof QueueFull;
        reject(isFull ? this.stats.refuse('export', 5, 'Too many of your exports are in progress.') : (error as Error));
      });
    });
  }

  /**
   * Stops an export after EXPORT_TIMEOUT_MS: 504 `timeout` before its first line. Later the connection is closed, and
   * the response lacks its last chunk (RFC 9112, section 8) and the line with the count.
   */
  stopLater({ id: request_id, server }: FastifyRequest, { raw }: FastifyReply, stream: Readable): void {
    const { EXPORT_TIMEOUT_MS: timeout_ms } = this.config;
    if (timeout_ms === 0) return;
    const timer = setTimeout(() => {
      this.logger.warn({ request_id, timeout_ms }, 'Export stopped at its deadline');
      if (raw.headersSent) server.requestCompletion.respondedDirectly(raw, CUT);
      stream.destroy(new Problem('timeout'));
    }, timeout_ms).unref();
    stream.once('close', () => clearTimeout(timer));
  }
}

/** For tools that read every line as a document, such as pandas. */
const NO_TRAILER = 'trailer=none';

/** Bounds the exports of each client, and leaves out the line with the count where the client does not accept it. */
@Injectable()
export class ExportInterceptor implements NestInterceptor {
  constructor(private readonly exports: RunningExports) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = requestOf(context);
    const reply = context.getArgByIndex<FastifyReply>(1);
    const start = () => lastValueFrom(next.handle() as Observable<DocumentExport>);
    return from(
      this.exports.run(request, reply, async () => {
        const file = await start();
        this.exports.stopLater(request, reply, file.getStream());
        if (acceptsParameter(request.headers.accept, NDJSON_TYPE, NO_TRAILER)) {
          file.hasCount = false;
          reply.header('content-type', `${NDJSON_TYPE};${NO_TRAILER}`);
        }
        return file;
      }),
    );
  }
}
