import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { Logger } from '@nestjs/common';
import type { Config } from '../config/config';
import { tracing } from '../instrumentation/tracing';
import { Connections } from './connections';
import { Drain } from './drain';
import { RequestCompletion } from '../instrumentation/request-completion';

/**
 * Stops in order on SIGTERM and SIGINT: readiness down, serve on for SHUTDOWN_DRAIN_MS, then finish what is in flight,
 * close the pool, exit. Streams that take longer than a second more are cut; a request that waits for its answer is not.
 * A second signal, or SHUTDOWN_TIMEOUT_MS, ends it at once.
 */
export function stopOnSignals(
  app: INestApplication,
  config: Pick<Config, 'SHUTDOWN_DRAIN_MS' | 'SHUTDOWN_TIMEOUT_MS'>,
): void {
  const logger = new Logger('Shutdown');
  const drain = app.get(Drain);
  const connections = new Connections(app.getHttpServer() as Server);
  const stop = async (signal: NodeJS.Signals) => {
    if (drain.isStopping) process.exit(1);
    setTimeout(() => {
      logger.error(`Still stopping after ${config.SHUTDOWN_TIMEOUT_MS} ms; giving up`);
      process.exit(1);
    }, config.SHUTDOWN_TIMEOUT_MS).unref();
    logger.log(`${signal}: draining for ${config.SHUTDOWN_DRAIN_MS} ms`);
    await drain.begin(config.SHUTDOWN_DRAIN_MS, () => connections.refuseNew());
    logger.log({ in_flight: app.get(RequestCompletion).inFlight }, 'Drained');
    connections.closeSoon((answers) => logger.warn(`Cut ${answers} answers that were still being sent`));
    const failure = await app.close().then(
      () => undefined,
      (error: unknown) => error,
    );
    // Last, or the spans of the last requests are lost.
    await tracing.tracer?.stop();
    if (failure !== undefined) logger.error({ err: failure }, 'Not everything could be closed');
    else logger.log('Stopped');
    process.exit(failure === undefined ? 0 : 1);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, (received) => void stop(received));
}
