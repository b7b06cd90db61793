import { constants } from 'node:zlib';
import fastifyCompress from '@fastify/compress';
import type { INestApplicationContext } from '@nestjs/common';
import type { FastifyInstance, FastifyPluginAsync, onSendHookHandler } from 'fastify';
import fp from 'fastify-plugin';
import { Config } from '../config/config';
import { BROTLI, COMPRESSION_THRESHOLD, ENCODINGS, negotiate, ZLIB } from './compression';

const COMPRESSIBLE = /^text\/(?!event-stream)|[/+](?:json|xml|javascript)(?:;|$)|^application\/x-ndjson/;

const register: FastifyPluginAsync<{ app: INestApplicationContext }> = async (fastify, { app }) => {
  if (!app.get(Config).ENABLE_COMPRESSION) return;
  await fastify.register(fastifyCompress, {
    threshold: COMPRESSION_THRESHOLD,
    encodings: ENCODINGS.slice(0, -1),
    customTypes: COMPRESSIBLE,
    // A stream is sent as it is written, not when the compressor has collected enough of it.
    brotliOptions: { ...BROTLI, flush: constants.BROTLI_OPERATION_FLUSH },
    zlibOptions: { ...ZLIB, flush: constants.Z_SYNC_FLUSH },
    // Request bodies are not decompressed: a small one could grow without limit.
    globalDecompression: false,
  });
  fastify.addHook('onRoute', (route) => {
    const handlers = [route.onSend ?? []].flat() as onSendHookHandler[];
    const compress = handlers.pop();
    // Before the handler for HEAD, which measures the body and drops it.
    if (compress) route.onSend = [withNegotiation(fastify, compress), ...handlers];
  });
};

/** Compresses responses that have no encoding yet, streams as they go. The cache sends compressed bytes itself. */
export const compression = fp(register, { name: 'compression' });

/** Negotiates once, with our own function: the package gets one encoding, and responses that need none skip it. */
const withNegotiation =
  (fastify: FastifyInstance, compress: onSendHookHandler): onSendHookHandler =>
  (request, reply, payload, done) => {
    if (payload === undefined || payload === null || reply.hasHeader('content-encoding')) return done(null, payload);
    const encoding = negotiate(request.headers);
    const vary = reply.getHeader('vary');
    if (vary === undefined) reply.header('vary', 'accept-encoding');
    if (encoding === 'identity') return done(null, payload);
    // The package recognises its own header name in lower case only, and would add it twice.
    if (vary !== undefined) reply.header('vary', String(vary).replace(/accept-encoding/i, 'accept-encoding'));
    request.headers['accept-encoding'] = encoding;
    compress.call(fastify, request, reply, payload, done);
  };
