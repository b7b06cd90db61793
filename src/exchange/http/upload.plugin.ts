import { Readable } from 'node:stream';
import { createParamDecorator, type ExecutionContext, Logger } from '@nestjs/common';
import type { FastifyPluginCallback, FastifyRequest, preParsingAsyncHookHandler } from 'fastify';
import fp from 'fastify-plugin';
import { checkEncoding, unsupportedMediaType } from '../../body/media-types';
import { Problem } from '../../problems/problem';
import { parsedQueryOf } from '../../routing/query-parameters';
import { requestOf, routeOf } from '../../routing/route';
import { EXTENSIONS, MULTIPART_TYPE, removeAbandonedUploads, tooLarge, Upload, UPLOAD_LIMIT } from './upload';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body is saved to temporary files instead of being parsed. */
    upload?: true;
  }
  interface FastifyRequest {
    upload: Upload | undefined;
  }
}

/** The media types of an upload. */
export const UPLOAD_TYPES = [MULTIPART_TYPE, ...Object.keys(EXTENSIONS)];

const logger = new Logger('Uploads');

const register: FastifyPluginCallback = (fastify, _, done) => {
  fastify.decorateRequest('upload', undefined);
  fastify.addHook('onListen', async () => {
    await removeAbandonedUploads().catch((err: unknown) => logger.warn({ err }, 'Could not remove old uploads'));
  });
  fastify.addHook('onRoute', (route) => {
    if (!route.config?.upload) return;
    route.bodyLimit = UPLOAD_LIMIT;
    route.preParsing = saveBody;
    // Before the handler: `Idempotency-Key` compares the body.
    route.preValidation = (request, _reply, next) => {
      request.body = request.upload;
      next();
    };
    route.onResponse = async (request) => request.upload?.release();
  });
  for (const type of UPLOAD_TYPES.filter((one) => !fastify.hasContentTypeParser(one))) {
    fastify.addContentTypeParser(type, (request, _body, next) => {
      // An upload has been saved already.
      if (routeOf(request).config.upload) next(null, undefined);
      else next(unsupportedMediaType(request, `This route does not accept ${type}.`));
    });
  }
  done();
};

const saveBody: preParsingAsyncHookHandler = async (request, _reply, body) => {
  request.upload = await save(request, body);
  // Fastify compares the length of the body with the header.
  const parsed = Readable.from([]) as Readable & { receivedEncodedLength: number };
  parsed.receivedEncodedLength = Number(request.headers['content-length'] ?? 0);
  return parsed;
};

/** Saves the bodies of routes with the option `upload`, with bounded memory, before they would be parsed. */
export const uploads = fp(register, { name: 'uploads', dependencies: ['body-parsers'] });

async function save(request: FastifyRequest, body: Readable): Promise<Upload> {
  // A wrong query is refused before the body is read.
  parsedQueryOf(request);
  const { 'content-type': contentType = '', 'content-length': length } = request.headers;
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!UPLOAD_TYPES.includes(type))
    throw unsupportedMediaType(request, `The content type must be ${UPLOAD_TYPES.join(' or ')}.`);
  checkEncoding(request);
  if (length !== undefined && Number(length) > UPLOAD_LIMIT)
    throw tooLarge(`The body must have at most ${UPLOAD_LIMIT} bytes.`, UPLOAD_LIMIT);
  return Upload.save(body, type, request.headers);
}

/** Parameter decorator: the files of the request. */
export const RequestUpload = createParamDecorator((_: unknown, context: ExecutionContext): Upload => {
  const { upload } = requestOf(context);
  if (!upload) throw new Problem('malformed_json', { detail: 'The request has no body.' });
  return upload;
});
