import type { FastifyPluginCallback, onSendHookHandler } from 'fastify';
import fp from 'fastify-plugin';
import { deprecationHeadersOf } from '../routing/deprecated.decorator';

const register: FastifyPluginCallback = (fastify, _, done) => {
  fastify.addHook('onRoute', (route) => {
    if (!route.config?.deprecation) return;
    const { link, ...headers } = deprecationHeadersOf(route.config.deprecation);
    const addHeaders: onSendHookHandler = (_request, reply, payload, next) => {
      const links = reply.getHeader('link');
      reply.headers({ ...headers, link: links ? `${String(links)}, ${link}` : link });
      next(null, payload);
    };
    route.onSend = [...[route.onSend ?? []].flat(), addHeaders] as onSendHookHandler[];
  });
  done();
};

/** Sets `Deprecation`, `Sunset` and `Link` on every response of a deprecated route, also cached ones and errors. */
export const deprecation = fp(register, { name: 'deprecation' });
