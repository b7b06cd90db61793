import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Registry } from 'prom-client';
import { Config } from '../config/config';

const PATH = '/metrics';
const TIMEOUT_MS = 10_000;

/**
 * Serves the metrics of this instance to Prometheus on METRICS_PORT, without credentials: the network must restrict
 * access to the port. It runs outside the request pipeline, so metrics are available while the database is unavailable
 * and until the process has stopped.
 */
@Injectable()
export class ScrapeServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ScrapeServer.name);

  private server: Server | undefined;

  constructor(
    private readonly config: Config,
    private readonly registry: Registry,
    private readonly adapter: HttpAdapterHost,
  ) {}

  /** @throws Error if the port cannot be opened */
  async onApplicationBootstrap(): Promise<void> {
    const { METRICS_PORT: port, HOST } = this.config;
    // Commands (seed, import) have no HTTP adapter, which the type does not express.
    if (!(this.adapter.httpAdapter as unknown)) return;
    this.server = createServer({ requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS }, (request, response) => {
      this.respond(request, response).catch((error: unknown) => {
        this.logger.error({ err: error }, 'Metrics could not be read');
        response.writeHead(500).end();
      });
    });
    this.server.listen(port, HOST);
    await once(this.server, 'listening').catch((error: unknown) => {
      throw new Error(`METRICS_PORT: cannot listen on ${port}: ${(error as Error).message}`);
    });
  }

  /** Runs after the last request of the service. */
  onApplicationShutdown(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }

  private async respond({ method = '', url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (url.split('?', 1)[0] !== PATH) return void response.writeHead(404).end();
    if (method !== 'GET' && method !== 'HEAD') return void response.writeHead(405, { allow: 'GET, HEAD' }).end();
    const text = await this.registry.metrics();
    response.writeHead(200, { 'content-type': this.registry.contentType, 'cache-control': 'no-store' }).end(text);
  }
}
