import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Config } from '../config/config';
import { Series } from '../telemetry/series';

const PATH = '/metrics';
const TIMEOUT_MS = 10_000;

/**
 * The instruments on METRICS_PORT, without credentials: whoever reaches the port may read them. It needs nothing of the
 * service, so they are there while the database is away and until the process has stopped.
 */
@Injectable()
export class ScrapeServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ScrapeServer.name);

  private server: Server | undefined;

  constructor(
    private readonly config: Config,
    private readonly series: Series,
    private readonly adapter: HttpAdapterHost,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { METRICS_PORT: port, HOST } = this.config;
    // A command (seed, import) has no server; the type does not know.
    if (port === 0 || !(this.adapter.httpAdapter as unknown)) return;
    this.server = createServer({ requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS }, (request, response) => {
      this.answer(request, response).catch((error: unknown) => {
        this.logger.error({ err: error }, 'The instruments could not be read');
        response.writeHead(500).end();
      });
    });
    this.server.listen(port, HOST);
    await once(this.server, 'listening').catch((error: unknown) => {
      throw new Error(`METRICS_PORT: cannot listen on ${port}: ${(error as Error).message}`);
    });
  }

  /** After the last request of the service. */
  onApplicationShutdown(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }

  private async answer({ method = '', url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (url.split('?', 1)[0] !== PATH) return void response.writeHead(404).end();
    if (method !== 'GET' && method !== 'HEAD') return void response.writeHead(405, { allow: 'GET, HEAD' }).end();
    const text = await this.series.text();
    response.writeHead(200, { 'content-type': this.series.contentType, 'cache-control': 'no-store' }).end(text);
  }
}
