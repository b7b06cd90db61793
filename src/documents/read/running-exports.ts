import type { Readable } from 'node:stream';
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  Logger,
  type NestInterceptor,
  type StreamableFile,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { Config } from '../../config/config';
import { Database } from '../../database/database';
import { Problem } from '../../problems/problem';
import { requestOf } from '../../routing/route';
import { trackerOf } from '../../throttling/tracker';
import { ThrottlingStats } from '../../throttling/throttling-stats';

/** The log line and the telemetry of a response that was cut have the status that was sent. */
const CUT = { status: 200, code: 'timeout' };

/**
 * The exports in progress. Each holds a database connection for as long as its client reads, so a client has a share of
 * the connections for exports, and an export a deadline.
 */
@Injectable()
export class RunningExports {
  private readonly logger = new Logger('Export');

  private readonly byClient = new Map<string, Set<FastifyRequest>>();

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly stats: ThrottlingStats,
  ) {}

  /**
   * Counts an export until its stream has been read.
   *
   * @returns ends it
   * @throws Problem 429 `rate_limited` where the client has its share
   */
  start(request: FastifyRequest): () => void {
    const client = trackerOf(request);
    const running = this.byClient.get(client) ?? new Set();
    const share = Math.ceil(this.database.maxStreams / 4);
    if (running.size >= share)
      throw this.stats.refuse('export', 5, `At most ${share} of your exports can run at the same time.`);
    this.byClient.set(client, running.add(request));
    return () => {
      if (running.delete(request) && running.size === 0) this.byClient.delete(client);
    };
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

/** Bounds the exports of each client. */
@Injectable()
export class ExportInterceptor implements NestInterceptor {
  constructor(private readonly exports: RunningExports) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = requestOf(context);
    const reply = context.getArgByIndex<FastifyReply>(1);
    const end = this.exports.start(request);
    reply.raw.once('close', end);
    // The stream is read before the client has its last line, and can request the next export.
    return next.handle().pipe(
      map((file: StreamableFile) => {
        this.exports.stopLater(request, reply, file.getStream().once('close', end));
        return file;
      }),
    );
  }
}
