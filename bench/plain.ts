/**
 * The yardstick of kept answers: Fastify without anything, sending bytes that it holds. It asks ORIGIN for them when it
 * starts: KEPT says, in JSON, which question each of its own paths stands for. Reads PORT too.
 */
import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import Fastify from 'fastify';
import type { Kept } from './sides.ts';

const app = Fastify();
const origin = process.env['ORIGIN'] ?? '';
const kept = JSON.parse(process.env['KEPT'] ?? '{}') as Record<string, Kept>;

/** Unlike `fetch` it leaves compressed bytes as they are. */
const ask = ({ path, headers }: Kept): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => get(origin + path, { headers }, resolve).on('error', reject));

for (const [own, question] of Object.entries(kept)) {
  const answer = await ask(question);
  const body = await buffer(answer);
  const { etag = 'none', 'content-encoding': encoding, 'cache-control': control, vary } = answer.headers;
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    ...(encoding && { 'content-encoding': encoding }),
  };
  // What a 304 has to repeat (RFC 9110, 15.4.5).
  const repeated = { etag, ...(control && { 'cache-control': control }), ...(vary && { vary }) };
  app.get(own, (request, reply) => {
    if (request.headers['if-none-match'] === etag) return reply.status(304).headers(repeated).send();
    return reply.headers(headers).send(body);
  });
}

app.get('/health/ready', () => ({ status: 'ok' }));

await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' });
