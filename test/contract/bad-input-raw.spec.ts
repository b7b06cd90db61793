import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { TestApp } from '../support/app';
import { contentOf, expectProblem, inShort } from './problems';
import { exchange } from './raw-http';

const TIMEOUT_MS = 400;
const METRICS = '/api/v1/metrics';
const JSON_TYPE = 'Content-Type: application/json';
const request = (line: string, headers: string[] = [], body = '') =>
  [line, 'Host: localhost', 'Connection: close', ...headers, '', body].join('\r\n');
const create = (headers: string[], body = '') => request(`POST ${METRICS} HTTP/1.1`, [JSON_TYPE, ...headers], body);

const chunked = 'Transfer-Encoding: chunked';

/** What only a socket can send; each is a problem, closes the connection and changes nothing. */
const BAD_FRAMING: [name: string, bytes: string, problem: string][] = [
  ['a garbage request line', 'HELLO\r\n\r\n', '400 bad_request'],
  ['a TLS handshake', '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1', '400 bad_request'],
  ['a method that is none', request(`FETCH ${METRICS} HTTP/1.1`), '400 bad_request'],
  ['HTTP/3.7', request(`GET ${METRICS} HTTP/3.7`), '400 bad_request'],
  ['a space in the path', request(`GET ${METRICS}/a b HTTP/1.1`), '400 bad_request'],
  ['a NUL in the path', request(`GET ${METRICS}/a\0b HTTP/1.1`), '400 bad_request'],
  ['no Host', `GET ${METRICS} HTTP/1.1\r\nConnection: close\r\n\r\n`, '400 bad_request'],
  ['a header without a colon', request(`GET ${METRICS} HTTP/1.1`, ['broken']), '400 bad_request'],
  ['a header with NUL', request(`GET ${METRICS} HTTP/1.1`, ['X-A: a\0b']), '400 bad_request'],
  ['headers of 20 KiB', request(`GET ${METRICS} HTTP/1.1`, [`X-A: ${'a'.repeat(20_480)}`]), '431 headers_too_large'],
  ['a URL of 20 KiB', request(`GET ${METRICS}?q=${'a'.repeat(20_480)} HTTP/1.1`), '414 uri_too_long'],
  ['a URL of 9 KiB', request(`GET ${METRICS}?q=${'a'.repeat(9216)} HTTP/1.1`), '414 uri_too_long'],
  ['CONNECT', 'CONNECT example.com:80 HTTP/1.1\r\nHost: example.com:80\r\n\r\n', '400 bad_request'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '400 bad_request'],
  ['HTTP/0.9', `GET ${METRICS}\r\n\r\n`, '400 bad_request'],
  ['HTTP/0.9 by name', request(`GET ${METRICS} HTTP/0.9`), '400 bad_request'],
  ['HTTP/2.0', request(`GET ${METRICS} HTTP/2.0`), '400 bad_request'],
  ['two hosts', request(`GET ${METRICS} HTTP/1.1`, ['Host: other']), '400 bad_request'],
  ['the same host twice', request(`GET ${METRICS} HTTP/1.1`, ['Host: localhost']), '400 bad_request'],
  ['two hosts in HTTP/1.0', request(`GET ${METRICS} HTTP/1.0`, ['host: other']), '400 bad_request'],
  ['two content types', create([JSON_TYPE, 'Content-Length: 2'], '{}'), '415 unsupported_media_type'],
  [
    'two idempotency keys',
    create(['Idempotency-Key: a', 'Idempotency-Key: b', 'Content-Length: 2'], '{}'),
    '400 invalid_header Idempotency-Key: invalid_format',
  ],
  [
    'two expectations',
    create([...Array<string>(2).fill('Expect: 100-continue'), 'Content-Length: 2'], '{}'),
    '417 expectation_failed',
  ],
  ['a fragment', request(`GET ${METRICS}#page=2 HTTP/1.1`), '400 bad_request'],
  ['a fragment after the query', request(`GET ${METRICS}?limit=1#a HTTP/1.1`), '400 bad_request'],
  ['a fragment in absolute form', request(`GET http://localhost#a HTTP/1.1`), '400 bad_request'],
  ['an unknown expectation', create(['Expect: 200-ok', 'Content-Length: 2'], '{}'), '417 expectation_failed'],
  ['a Content-Length that is none', create(['Content-Length: two'], '{}'), '400 bad_request'],
  ['a negative Content-Length', create(['Content-Length: -2'], '{}'), '400 bad_request'],
  ['two lengths', create(['Content-Length: 2', 'Content-Length: 3'], '{}'), '400 bad_request'],
  ['a length and chunks', create(['Content-Length: 2', chunked], '2\r\n{}\r\n0\r\n\r\n'), '400 bad_request'],
  ['an unknown transfer coding', create(['Transfer-Encoding: zip'], '{}'), '400 bad_request'],
  ['a chunk size that is none', create([chunked], 'zz\r\n{}\r\n0\r\n\r\n'), '400 bad_request'],
  ['a path with raw UTF-8', request(`GET ${METRICS}/\xc3\xa4 HTTP/1.1`), '400 bad_request'],
  ['a method of WebDAV', request(`PROPFIND ${METRICS} HTTP/1.1`), '405 method_not_allowed'],
  ['a body over 1 MiB that is announced', create(['Content-Length: 1048577']), '413 payload_too_large'],
  [
    'a body over 1 MiB in chunks',
    create([chunked], `${(1_048_577).toString(16)}\r\n${' '.repeat(1_048_577)}\r\n0\r\n\r\n`),
    '413 payload_too_large',
  ],
];

describe('bad input over a socket', () => {
  let app: TestApp;
  let port: number;
  beforeAll(async () => {
    app = await TestApp.start({ REQUEST_TIMEOUT_MS: String(TIMEOUT_MS) });
    await app.app.listen(0, '127.0.0.1');
    port = (app.app.getHttpServer().address() as AddressInfo).port;
    await app.post(METRICS, { metric_id: 'live', name: 'Live' });
  });
  afterAll(() => app.stop());

  test.each(BAD_FRAMING)('%s is refused and changes nothing', async (_name, bytes, problem) => {
    const before = await contentOf(app);
    const response = await exchange(port, bytes);
    expect(inShort(expectProblem(response, bytes))).toBe(problem);
    expect(response.closed).toBe(true);
    expect(await contentOf(app)).toEqual(before);
  });

  test.each([
    ['no bytes of a request line', ['G']],
    ['headers that never end', [`GET ${METRICS} HTTP/1.1\r\nHost: localhost\r\nX-A: `]],
    ['a body that never ends', [create(['Content-Length: 20'], '{"name":')]],
    ['chunks that never end', [create([chunked], '8\r\n{"name":\r\n')]],
    [
      'a body that drips',
      [create(['Content-Length: 20'], '{'), ...Array.from({ length: 40 }, () => [{ wait: 50 }, ' ']).flat()],
    ],
  ])('%s: responds 408 and closes the connection', async (_name, pieces) => {
    const before = await contentOf(app);
    const response = await exchange(port, ...pieces);
    expect(inShort(expectProblem(response))).toBe('408 request_timeout');
    expect(response.closed).toBe(true);
    expect(response.milliseconds).toBeGreaterThan(TIMEOUT_MS / 2);
    expect(response.milliseconds).toBeLessThan(5 * TIMEOUT_MS);
    expect(await contentOf(app)).toEqual(before);
  });

  test.each([
    ['a URL', `GET /${'a'.repeat(9000)}`, `${'a'.repeat(9000)} HTTP/1.1\r\n\r\n`, '414 uri_too_long'],
    ['a header', `GET / HTTP/1.1\r\nX: ${'a'.repeat(9000)}`, `${'a'.repeat(9000)}\r\n\r\n`, '431 headers_too_large'],
  ])('%s of 18 KiB in two packets is refused', async (_name, first, second, problem) => {
    expect(inShort(expectProblem(await exchange(port, first, { wait: 50 }, second)))).toBe(problem);
  });

  test('a client that resets its connection after CONNECT ends no process', async () => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    socket.write('CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', () => socket.resetAndDestroy());
    await once(socket, 'close');
    expect(await exchange(port, request(`GET ${METRICS}/live HTTP/1.1`))).toMatchObject({ status: 200 });
  });

  test('Authorization twice is refused, although both are valid', async () => {
    const { body } = await app.post('/api/v1/api-keys', { name: 'twice', role: 'viewer' });
    const bearer = `Authorization: Bearer ${(body as { key: string }).key}`;
    const get = (...headers: string[]) => exchange(port, request(`GET ${METRICS}/live HTTP/1.1`, headers));
    expect(await get(bearer)).toMatchObject({ status: 200 });
    expect(inShort(expectProblem(await get(bearer, bearer)))).toBe('401 unauthenticated');
  });

  test('HTTP/1.0 is supported', async () => {
    const response = await exchange(port, `GET ${METRICS}/live HTTP/1.0\r\n\r\n`);
    expect(response).toMatchObject({ status: 200, closed: true });
  });

  test('a target in absolute form is treated as its path, and its host appears in no link', async () => {
    const response = await exchange(port, request(`GET http://evil.example${METRICS}?q=a?b&limit=1 HTTP/1.1`));
    expect(response).toMatchObject({
      status: 200,
      headers: { link: expect.stringContaining(`<${METRICS}?q=`) as string },
    });
    expect(response.headers.link).not.toContain('evil');
    const refused = await exchange(port, request('GET http://evil.example?q HTTP/1.1'));
    expect(expectProblem(refused)).toMatchObject({ code: 'invalid_parameter', instance: '/' });
  });

  test('Expect: 100-continue gets 100 before the body is sent', async () => {
    const response = await exchange(
      port,
      create(['Expect: 100-continue', 'Content-Length: 17']),
      { wait: 50 },
      '{"name":"Expect"}',
    );
    expect(response.status).toBe(201);
  });

  test.each(['OPTIONS', 'GET', 'PUT'])('%s * gets a problem', async (method) => {
    expect(inShort(expectProblem(await exchange(port, request(`${method} * HTTP/1.1`))))).toBe('404 not_found');
  });

  test('100 pipelined requests get their responses, and a connection with more is closed', async () => {
    const responsesTo = async (requests: number) => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      let text = '';
      socket.on('data', (data: Buffer) => {
        text += data.toString('latin1');
        if (text.split('HTTP/1.1 200').length > requests) socket.end();
      });
      socket.write(`GET ${METRICS}/live HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(requests));
      await once(socket, 'close');
      return text.split('HTTP/1.1 200').length - 1;
    };
    expect(await responsesTo(100)).toBe(100);
    expect(await responsesTo(1000)).toBeLessThan(1000);
  });

  test('the service still works afterwards', async () => {
    expect(await exchange(port, request(`GET ${METRICS}/live HTTP/1.1`))).toMatchObject({ status: 200 });
  });
});
