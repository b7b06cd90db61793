import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Config } from '../config/config';
import { ResourceDependencies } from '../generations/resource-dependencies';
import { ServiceCredential } from '../identity/service-credential';

/** Requests the most frequent pages through the ordinary pipeline: there is no second way to build an entry. */
@Injectable()
export class CacheWarmer implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(CacheWarmer.name);

  private readonly stopped = new AbortController();

  constructor(
    private readonly config: Config,
    private readonly host: HttpAdapterHost,
    private readonly dependencies: ResourceDependencies,
    private readonly credential: ServiceCredential,
  ) {}

  onApplicationBootstrap(): void {
    // A command (seed, import) has no HTTP server, contrary to the type.
    const adapter = this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    if (!adapter || !this.config.ENABLE_CACHE || this.config.CACHE_WARM_INTERVAL === 0) return;
    const fastify = adapter.getInstance<FastifyInstance>();
    // Routes are complete only when Fastify is ready.
    fastify.addHook('onReady', (done) => {
      void this.keepWarm(fastify);
      done();
    });
  }

  onModuleDestroy(): void {
    this.stopped.abort();
  }

  private async keepWarm(fastify: FastifyInstance): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      await this.warm(fastify).catch((error: unknown) => this.logger.warn({ err: error }, 'Cache warming failed'));
      await sleep(this.config.CACHE_WARM_INTERVAL * 1000, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** The first two pages of each list and the statistics. A failure is logged, and the first client fills the entry. */
  private async warm(fastify: FastifyInstance): Promise<void> {
    const start = performance.now();
    const headers = { authorization: `Bearer ${this.credential.token}` };
    let warmed = 0;
    for (const resource of this.dependencies.resources) {
      for (const rest of ['', '?page=2', '/stats']) {
        if (this.stopped.signal.aborted) return;
        const url = `/api/v1/${resource}${rest}`;
        const { statusCode } = await fastify.inject({ url, headers, remoteAddress: 'warmer' });
        if (statusCode === 200) warmed++;
        else this.logger.warn({ url, status: statusCode }, 'Cache warming failed');
      }
    }
    this.logger.log(`Cache warmed with ${warmed} responses in ${Math.round(performance.now() - start)} ms`);
  }
}
