import type { INestApplicationContext } from '@nestjs/common';
import type { FastifyPluginCallback, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { Config } from '../config/config';
import { parseJson } from './json-body';
import {
  acceptedTypes,
  BULK_ROUTE,
  checkEncoding,
  JSON_TYPE,
  MERGE_PATCH_TYPE,
  NDJSON_TYPE,
  unsupportedMediaType,
} from './media-types';
import { parseNdjson } from './ndjson-body';

const register: FastifyPluginCallback<{ app: INestApplicationContext }> = (fastify, { app }, done) => {
  const { BULK_BODY_LIMIT_BYTES } = app.get(Config);
  fastify.addHook('onRoute', (route) => {
    if (route.config?.bulk) route.bodyLimit = BULK_BODY_LIMIT_BYTES;
  });
  fastify.removeAllContentTypeParsers();
  const add = (type: string, parse: (body: Buffer, request: FastifyRequest) => unknown) =>
    fastify.addContentTypeParser<Buffer>(type, { parseAs: 'buffer' }, (request, body, next) => {
      // Some clients send a content type without a body. Routes that need a body refuse the request later.
      if (body.length === 0) return next(null, undefined);
      try {
        if (!acceptedTypes(request).includes(type))
          throw unsupportedMediaType(request, `This route does not accept ${type}.`);
        checkEncoding(request);
        next(null, parse(body, request));
      } catch (error) {
        next(error as Error);
      }
    });
  add(JSON_TYPE, parseJson);
  add(MERGE_PATCH_TYPE, parseJson);
  add(NDJSON_TYPE, (body, { routeOptions: { config } }) =>
    parseNdjson(body, config.bulk?.maxItems ?? BULK_ROUTE.bulk.maxItems),
  );
  done();
};

/** Parses the media types of the service. Any other is refused before the body is parsed. */
export const bodyParsers = fp(register, { name: 'body-parsers' });
