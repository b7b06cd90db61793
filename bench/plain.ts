/**
 * The baseline for cached responses: plain Fastify with fixed responses. It fetches them from ORIGIN when it starts.
 * RESPONSES is a JSON object: the request for each of its own paths. It reads PORT too.
 */
import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import Fastify from 'fastify';
import type { FixedRequest } from './sides.ts';

const app = Fastify();
const origin = process.env['ORIGIN'] ?? '';
const responses = JSON.parse(process.env['RESPONSES'] ?? '{}') as Record<string, FixedRequest>;

/** Unlike `fetch` it does not decompress the body. */
const request = ({ path, headers }: FixedRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => get(origin + path, { headers }, resolve).on('error', reject));

for (const [path, fixed] of Object.entries(responses)) {
  const response = await request(fixed);
  const body = await buffer(response);
  const { etag = 'none', 'content-encoding': encoding, 'cache-control': control, vary } = response.headers;
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    ...(encoding && { 'content-encoding': encoding }),
  };
  // The headers that a 304 must repeat (RFC 9110, 15.4.5).
  const repeated = { etag, ...(control && { 'cache-control': control }), ...(vary && { vary }) };
  app.get(path, (incoming, reply) => {
    if (incoming.headers['if-none-match'] === etag) return reply.status(304).headers(repeated).send();
    return reply.headers(headers).send(body);
  });
}

app.get('/health/ready', () => ({ status: 'ok' }));

await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' });
