import type { INestApplicationContext } from '@nestjs/common';
import type { FastifyPluginCallback } from 'fastify';
import fp from 'fastify-plugin';
import { Config } from '../config/config';

const register: FastifyPluginCallback<{ app: INestApplicationContext }> = (fastify, { app }, done) => {
  const { PUBLIC_URL: base } = app.get(Config);
  if (base === '') return done();
  fastify.addHook('onSend', (_request, reply, payload, next) => {
    const { link, location } = reply.getHeaders();
    if (typeof link === 'string')
      reply.header(
        'link',
        link.replaceAll('</', () => `<${base}/`),
      );
    if (typeof location === 'string' && location.startsWith('/')) reply.header('location', base + location);
    next(null, payload);
  });
  done();
};

/**
 * Makes the paths in `Link` and `Location` absolute with PUBLIC_URL. At the end, so that cache entries and stored
 * idempotent responses have paths, which stay right when the setting changes.
 */
export const publicUrl = fp(register, { name: 'public-url' });
