import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

/** Starts a host application on a free port and prints its URL. */
export async function start(
  module: Type,
  register: (app: NestFastifyApplication) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), { logger: false });
  await register(app);
  await app.listen(0, '127.0.0.1');
  console.log(await app.getUrl());
}
