import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Authentication } from '../auth/authentication';
import { Config } from '../config/config';
import { ResourceDependencies } from '../generations/resource-dependencies';

/** Asks for what everybody asks first, by the way that every request takes: there is no second way to make an answer. */
@Injectable()
export class CacheWarmer implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(CacheWarmer.name);

  private readonly stopped = new AbortController();

  constructor(
    private readonly config: Config,
    private readonly adapter: HttpAdapterHost,
    private readonly dependencies: ResourceDependencies,
    private readonly authentication: Authentication,
  ) {}

  onApplicationBootstrap(): void {
    // A command (seed, import) has no server; the type does not know.
    const hasServer = Boolean(this.adapter.httpAdapter as unknown);
    if (!hasServer || !this.config.ENABLE_CACHE || this.config.CACHE_WARM_INTERVAL === 0) return;
    // Only then are all routes known.
    this.fastify.addHook('onReady', (done) => {
      void this.keepWarm();
      done();
    });
  }

  onModuleDestroy(): void {
    this.stopped.abort();
  }

  /** The first pages of each list and the statistics; what fails is logged and left to the first caller. */
  async warm(): Promise<void> {
    const start = performance.now();
    let warmed = 0;
    for (const resource of this.dependencies.resources) {
      for (const question of ['', '?page=2', '/stats']) {
        if (this.stopped.signal.aborted) return;
        const url = `/api/v1/${resource}${question}`;
        const headers = { authorization: `Bearer ${this.authentication.ownToken}` };
        const { statusCode } = await this.fastify.inject({ url, headers, remoteAddress: 'warmer' });
        if (statusCode === 200) warmed++;
        else this.logger.warn(`Warming: ${url} answered ${statusCode}`);
      }
    }
    this.logger.log(`Warmed ${warmed} answers in ${Math.round(performance.now() - start)} ms`);
  }

  private get fastify() {
    return (this.adapter.httpAdapter as unknown as ReturnType<NestFastifyApplication['getHttpAdapter']>).getInstance();
  }

  private async keepWarm(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      await this.warm().catch((error: unknown) => this.logger.warn({ err: error }, 'Warming failed'));
      await sleep(this.config.CACHE_WARM_INTERVAL * 1000, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
