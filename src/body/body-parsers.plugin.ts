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
import { ScanBudget } from './scan-budget';

/** Anyone can make the service read the body of a public route, so it has the size of the largest credentials. */
const PUBLIC_BODY_LIMIT_BYTES = 4096;
/** Members and list elements of a body: many small values cost far more time than few large ones of the same size. */
const MAX_VALUES = 20_000;
/** 1,000 documents of a dense catalogue. */
const MAX_BULK_VALUES = 100_000;
/** Far more than the schemas and the `extra` of real catalogues have, and than fit in one document. */
const MAX_NAMES = 10_000;

const register: FastifyPluginCallback<{ app: INestApplicationContext }> = (fastify, { app }, done) => {
  const { BODY_LIMIT_BYTES, BULK_BODY_LIMIT_BYTES } = app.get(Config);
  fastify.addHook('onRoute', (route) => {
    if (route.config?.bulk) route.bodyLimit = BULK_BODY_LIMIT_BYTES;
    else if (route.config?.access === 'public') route.bodyLimit = Math.min(PUBLIC_BODY_LIMIT_BYTES, BODY_LIMIT_BYTES);
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
  const json = (body: Buffer, { routeOptions: { config } }: FastifyRequest) =>
    parseJson(body, new ScanBudget(config.bulk ? MAX_BULK_VALUES : MAX_VALUES, MAX_NAMES));
  add(JSON_TYPE, json);
  add(MERGE_PATCH_TYPE, json);
  add(NDJSON_TYPE, (body) =>
    parseNdjson(body, {
      ...BULK_ROUTE.bulk,
      budget: new ScanBudget(MAX_BULK_VALUES, MAX_NAMES),
      maxLine: BODY_LIMIT_BYTES,
    }),
  );
  done();
};

/** Parses the media types of the service. Any other is refused before the body is parsed. */
export const bodyParsers = fp(register, { name: 'body-parsers' });
