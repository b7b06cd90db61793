import { type Type, VersioningType } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { AppModule } from './app.module';
import { serveDocumentation } from './app.documentation';
import type { Config } from './config/config';
import { pipeline } from './pipeline';
import { createAdapter } from './server/fastify-adapter';

/** The application as it ships, all but listening: `main.ts` and the tests both start here. */
export async function createApp(config: Config, moreResources: readonly Type[] = []): Promise<NestFastifyApplication> {
  const module = AppModule.of(config, moreResources);
  const app = await NestFactory.create<NestFastifyApplication>(module, createAdapter(config), {
    bodyParser: false,
    // Nest logs each module and route that it finds; `main.ts` logs a failed start in one line.
    logger: ['fatal'],
    abortOnError: false,
  });
  app.enableVersioning({ type: VersioningType.URI, prefix: 'api/v' });

  const fastify = app.getHttpAdapter().getInstance();
  for (const plugin of pipeline) await fastify.register(plugin, { app });
  if (config.DOCS_ENABLED) serveDocumentation(app);

  await app.init();
  app.useLogger(app.get(Logger));
  fastify.addMissingMethods();
  await fastify.ready();
  return app;
}
