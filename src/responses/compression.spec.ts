import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import {
  brotliDecompressSync,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  gunzipSync,
  inflateSync,
} from 'node:zlib';
import { Test } from '@nestjs/testing';
import fastify, { type FastifyInstance } from 'fastify';
import { readConfig } from '../config/config';
import { ConfigModule } from '../config/config.module';
import { encode, negotiate } from './compression';
import { compression } from './compression.plugin';

describe('negotiate', () => {
  it.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['deflate', 'deflate'],
    ['GZIP', 'gzip'],
    ['x-gzip', 'gzip'],
    ['zstd', 'identity'],
    ['', 'identity'],
    ['*', 'br'],
    ['*;q=0', 'identity'],
    ['identity', 'identity'],
    ['br;q=0, *', 'gzip'],
    ['br;q=0.5, gzip;q=0.8', 'gzip'],
    ['br;q=0.5, gzip;q=0.5', 'br'],
    ['gzip;q=0.5', 'gzip'],
    ['identity, gzip;q=0.5', 'identity'],
    ['identity, gzip', 'gzip'],
    ['identity;q=0.5, *;q=0.6', 'br'],
    ['identity;q=0, deflate;q=0.001', 'deflate'],
    ['identity;q=0', 'identity'],
    ['br;q=0.000, gzip ; q=1.000', 'gzip'],
    ['br;q=2, gzip;q=0.1', 'gzip'],
    ['br;level=3;q=0.1, gzip;q=0.2', 'gzip'],
    ['br;;,, ,gzip;q=0', 'br'],
  ])('negotiates %j to %s', (accepted, encoding) => {
    expect(negotiate({ 'accept-encoding': accepted })).toBe(encoding);
    // Again, from the cache.
    expect(negotiate({ 'accept-encoding': accepted })).toBe(encoding);
  });

  it('negotiates identity without the header, and with x-no-compression', () => {
    expect(negotiate({})).toBe('identity');
    expect(negotiate({ 'accept-encoding': 'br', 'x-no-compression': '1' })).toBe('identity');
    expect(negotiate({ 'accept-encoding': 'br' })).toBe('br');
  });

  it('negotiates correctly beyond the size of its cache', () => {
    for (let n = 0; n < 1000; n++) expect(negotiate({ 'accept-encoding': `gzip;q=0.5, x-${n}` })).toBe('gzip');
    expect(negotiate({ 'accept-encoding': `br, ${'x'.repeat(5000)}` })).toBe('br');
  });
});

describe('encode', () => {
  const body = Buffer.from('metric '.repeat(1000));

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
    ['deflate', inflateSync],
  ] as const)('compresses with %s without loss', async (encoding, decode) => {
    const encoded = await encode(body, encoding);
    expect(encoded.length).toBeLessThan(body.length / 10);
    expect(decode(encoded)).toEqual(body);
  });
});

describe('compression', () => {
  let server: FastifyInstance;
  let goOn: () => void;

  beforeEach(async () => {
    server = fastify();
    const config = readConfig({ DATABASE_URL: 'postgresql://none' });
    const app = await Test.createTestingModule({ imports: [ConfigModule.of(config)] }).compile();
    await server.register(compression, { app });
  });
  afterEach(() => server.close());

  it.each([
    ['br', createBrotliDecompress],
    ['gzip', createGunzip],
    ['deflate', createInflate],
  ] as const)('sends a stream in %s line by line', async (encoding, decoder) => {
    const next = new Promise<void>((resolve) => (goOn = resolve));
    const lines = async function* () {
      yield '{"line":1}\n';
      await next;
      yield '{"line":2}\n';
    };
    server.get('/', (_, reply) => reply.type('application/x-ndjson').send(Readable.from(lines())));
    const sent = get(await server.listen(), { agent: false, headers: { 'accept-encoding': encoding } });
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    expect(response.headers['content-encoding']).toBe(encoding);
    const decoded = response.pipe(decoder()).setEncoding('utf8');
    expect(await once(decoded, 'data')).toEqual(['{"line":1}\n']);
    goOn();
    expect(await once(decoded, 'data')).toEqual(['{"line":2}\n']);
    await once(decoded, 'end');
  });

  it('does not compress an encoded response', async () => {
    const bytes = await encode(Buffer.from('metric '.repeat(1000)), 'gzip');
    server.get('/', (_, reply) => reply.headers({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' }).send(bytes));
    const { headers, rawPayload } = await server.inject({ url: '/', headers: { 'accept-encoding': 'br' } });
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(rawPayload).toEqual(bytes);
  });

  it('does not decompress request bodies', async () => {
    server.post('/', ({ body }) => body);
    const { statusCode } = await server.inject({
      method: 'POST',
      url: '/',
      headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' },
      body: await encode(Buffer.from(JSON.stringify('x'.repeat(100))), 'gzip'),
    });
    expect(statusCode).toBe(400);
  });
});
