import { type CallHandler, type ExecutionContext, Injectable, Logger, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { Config } from '../../config/config';
import { Database } from '../../database/database';
import { Problem } from '../../problems/problem';
import { NDJSON_TYPE } from '../../body/media-types';
import { acceptsParameter } from '../../routing/accept';
import { parsedQueryOf } from '../../routing/query-parameters';
import { requestOf } from '../../routing/route';
import { FairQueue, QueueFull } from '../../throttling/fair-queue';
import { trackerOf } from '../../throttling/tracker';
import { ThrottlingStats } from '../../throttling/throttling-stats';
import type { ListQuery } from '../query/list-query';
import { withAcceptedFormat } from '../query/export-query';
import type { DocumentExport } from './document-export';
import { RunningExport } from './running-export';

/** Exports of one client that wait for a turn. */
const MAX_WAITING = 20;
/** How long an export runs before it can be cut for another client. */
const GUARANTEED_MS = 5000;
/** The rate at which the client of an export has to read while another client waits, in bytes per second. */
const MIN_RATE = 256 * 1024;
/** The time over which the rate is measured. */
const MEASURED_MS = 1000;

/**
 * The exports in progress. Each holds a database connection for as long as its client reads, so a client has a share of
 * the connections for exports, and an export a deadline. While another client waits, slow readers are cut.
 */
@Injectable()
export class RunningExports {
  private readonly logger = new Logger('Export');

  private readonly queue: FairQueue;

  private readonly running = new Set<RunningExport>();

  private readonly concurrencyPerClient: number;

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly stats: ThrottlingStats,
  ) {
    this.concurrencyPerClient = Math.ceil(database.maxStreams / 4);
    // As long as for a connection of the pool.
    const { DATABASE_POOL_TIMEOUT_MS: waitMs } = config;
    this.queue = new FairQueue(database.maxStreams, MAX_WAITING, undefined, {
      concurrencyPerClient: this.concurrencyPerClient,
      ...(waitMs > 0 && { waitMs }),
    });
  }

  /**
   * Starts an export when it is the turn of its client. It ends when its stream is closed.
   *
   * @throws Problem 429 `rate_limited` or 503 `overloaded` where the turn does not come in time; any error of `start`
   */
  run(request: FastifyRequest, reply: FastifyReply, start: () => Promise<DocumentExport>): Promise<DocumentExport> {
    const client = trackerOf(request);
    const stopCutting = this.cutFor(client);
    return new Promise((resolve, reject) => {
      const work = async () => {
        stopCutting();
        const file = await start();
        const running = new RunningExport(client, request, reply, file.getStream());
        this.running.add(running);
        this.stopLater(running);
        resolve(file);
        await running.ended;
        this.running.delete(running);
      };
      this.queue.run(client, work).catch((error: unknown) => {
        stopCutting();
        reject(error instanceof QueueFull ? this.refuse(client) : (error as Error));
      });
    });
  }

  /**
   * Stops an export after EXPORT_TIMEOUT_MS: 504 `timeout` before its first line. Later the connection is closed, and
   * the response lacks its last chunk (RFC 9112, section 8) and the line with the count.
   */
  private stopLater(running: RunningExport): void {
    const { EXPORT_TIMEOUT_MS: timeout_ms } = this.config;
    if (timeout_ms === 0) return;
    const timer = setTimeout(() => {
      this.logger.warn({ request_id: running.requestId, timeout_ms }, 'Export stopped at its deadline');
      running.stop();
    }, timeout_ms).unref();
    void running.ended.then(() => clearTimeout(timer));
  }

  /** Stops the slowest export of others at intervals, while `client` waits for them. @returns ends this */
  private cutFor(client: string): () => void {
    const measure = () => ({
      at: performance.now(),
      bytes: new Map([...this.running].map((one) => [one, one.bytesSent])),
    });
    let before = measure();
    const timer = setInterval(() => {
      const now = measure();
      const sent = (one: RunningExport) => (now.bytes.get(one) ?? 0) - (before.bytes.get(one) ?? 0);
      const rateOf = (one: RunningExport) => (sent(one) * 1000) / (now.at - before.at);
      if (this.isWaitingForOthers(client)) this.cutSlowest(rateOf);
      before = now;
    }, MEASURED_MS).unref();
    return () => clearInterval(timer);
  }

  private cutSlowest(rateOf: (one: RunningExport) => number): void {
    const [slowest] = [...this.running]
      .filter((one) => one.ageMs >= GUARANTEED_MS && one.isWaitingForClient && rateOf(one) < MIN_RATE)
      .sort((one, other) => rateOf(one) - rateOf(other));
    if (!slowest) return;
    this.logger.warn({ request_id: slowest.requestId }, 'Export stopped: its client reads slowly and another waits');
    slowest.stop();
  }

  /** Whether another client's export has to end before one of `client` can start. */
  private isWaitingForOthers(client: string): boolean {
    const own = [...this.running].filter((one) => one.client === client).length;
    return own < this.concurrencyPerClient && this.running.size >= this.database.maxStreams;
  }

  private refuse(client: string): Problem {
    if (!this.isWaitingForOthers(client))
      return this.stats.refuse('export', 5, 'Too many of your exports are in progress.');
    const detail = `The maximum of ${this.database.maxStreams} concurrent exports is reached. Try again later.`;
    return new Problem('overloaded', { detail, headers: { 'retry-after': '5' } });
  }
}

/** For tools that read every line as a document, such as pandas. */
const NO_TRAILER = 'trailer=none';

/**
 * Bounds the exports of each client, and does what depends on headers: the format by `Accept`, no line with the count
 * for a client that does not accept it, and the number of losses.
 */
@Injectable()
export class ExportInterceptor implements NestInterceptor {
  constructor(private readonly exports: RunningExports) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const reply = context.getArgByIndex<FastifyReply>(1);
    const request = requestOf(context);
    const query = withAcceptedFormat(parsedQueryOf(request) as ListQuery, request.headers.accept);
    request.parsedQuery = query;
    const isNdjson = query.export?.format === 'mdl' && !query.export.losses;
    const start = async () => {
      const file = await lastValueFrom(next.handle() as Observable<DocumentExport>);
      // The headers are sent with the first byte, so this one can follow those of the response.
      file.onLosses = (count) => void (reply.raw.headersSent || reply.raw.setHeader('X-Export-Losses', count));
      if (query.export?.format === 'mdl') file.onLosses(0);
      if (isNdjson && acceptsParameter(request.headers.accept, NDJSON_TYPE, NO_TRAILER)) {
        file.hasCount = false;
        reply.header('content-type', `${NDJSON_TYPE};${NO_TRAILER}`);
      }
      return file;
    };
    return from(this.exports.run(request, reply, start));
  }
}
