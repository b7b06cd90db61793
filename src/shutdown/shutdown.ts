import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { Logger } from '@nestjs/common';
import type { Config } from '../config/config';
import { tracing } from '../instrumentation/tracing';
import { Connections } from './connections';
import { Drain } from './drain';
import { RequestCompletion } from '../instrumentation/request-completion';

/**
 * Graceful shutdown on SIGTERM and SIGINT: readiness fails, the service goes on for SHUTDOWN_DRAIN_MS, requests in
 * flight complete, the pool closes, the process exits. Streams that take a second longer are cut; a request whose
 * response has not begun is not. A second signal, or SHUTDOWN_TIMEOUT_MS, ends the process at once.
 */
export function shutdownOnSignals(
  app: INestApplication,
  config: Pick<Config, 'SHUTDOWN_DRAIN_MS' | 'SHUTDOWN_TIMEOUT_MS'>,
): void {
  const logger = new Logger('Shutdown');
  const drain = app.get(Drain);
  const connections = new Connections(app.getHttpServer() as Server);
  const stop = async (signal: NodeJS.Signals) => {
    if (drain.isStopping) process.exit(1);
    setTimeout(() => {
      logger.error(`Shutdown timed out after ${config.SHUTDOWN_TIMEOUT_MS} ms`);
      process.exit(1);
    }, config.SHUTDOWN_TIMEOUT_MS).unref();
    logger.log(`${signal} received; draining for ${config.SHUTDOWN_DRAIN_MS} ms`);
    await drain.begin(config.SHUTDOWN_DRAIN_MS, () => connections.refuseNew());
    logger.log({ in_flight: app.get(RequestCompletion).inFlight }, 'Drained');
    connections.closeSoon((responses) => logger.warn(`Cut ${responses} responses that were still being sent`));
    const failure = await app.close().then(
      () => undefined,
      (error: unknown) => error,
    );
    // Last, or the spans of the last requests are lost.
    await tracing.tracer?.stop();
    if (failure !== undefined) logger.error({ err: failure }, 'Shutdown failed');
    else logger.log('Stopped');
    process.exit(failure === undefined ? 0 : 1);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, (received) => void stop(received));
}
