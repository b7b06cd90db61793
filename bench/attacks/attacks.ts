import { once } from 'node:events';
import { get as httpGet, type IncomingMessage, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Attack, repeat, send } from './attack.ts';

const METRICS = '/api/v1/metrics';
const LOGIN = '/api/v1/auth/login';
const MIB = 1024 * 1024;

/** An object of unknown members: as many as are read, with names that fill `size`. */
const unknown = (members: number, size: number, prefix = '') => {
  const width = Math.floor(size / members) - 6 - prefix.length;
  return `{${Array.from({ length: members }, (_, at) => `"${prefix}${String(at).padStart(width, 'm')}":0`).join()}}`;
};

/** The most expensive bodies that are refused, on every kind of route (test/contract/request-cost.spec.ts). */
const refusedBodies: Attack = async (target, until, count) => {
  const document = unknown(19_990, MIB - 100);
  const items = `{"items":[${Array.from({ length: 1000 }, (_, at) => unknown(68, 5 * 1024, `${at}_`)).join()}]}`;
  const [key] = target.keys;
  await repeat(4, until, async (copy) => {
    const body = [document, document, items, unknown(100, 4000)][copy] ?? '';
    const path = [METRICS, METRICS, `${METRICS}/bulk`, LOGIN][copy] ?? '';
    count(await send(target, { method: 'POST', path, body, key }));
  });
};

/** Searches of ten terms, with pages that are deep and new, by one client on 30 connections. */
const costlySearches: Attack = (target, until, count) => {
  const words = ['revenue', 'orders', 'monthly', 'cost', 'rate', 'active', 'net', 'customer', 'daily', 'count'];
  return repeat(30, until, async (copy, round) => {
    const q = encodeURIComponent(words.map((word) => (copy % 2 ? word : word.slice(0, -1))).join(' or '));
    const path = `${METRICS}?q=${q}&limit=${50 + (round % 50)}&page=${100 - copy}`;
    count(await send(target, { path, key: target.keys[0] }));
  });
};

/** Six clients that export everything and read 40 KB a second. */
const slowReaders: Attack = (target, until, count) =>
  repeat(6, until, async (copy) => {
    const request = httpGet(`${target.address}${METRICS}/export`, {
      agent: false,
      headers: { authorization: `Bearer ${target.keys[copy] ?? ''}` },
    });
    request.on('error', () => undefined);
    const response = (await once(request, 'response', { signal: until }).catch(() => [])) as [IncomingMessage?];
    const [export_] = response;
    if (export_) {
      count(export_.statusCode ?? 0);
      export_.on('error', () => count('cut')).pause();
      while (!until.aborted && !export_.closed && export_.statusCode === 200) {
        export_.read(4000);
        await sleep(100);
      }
    }
    request.destroy();
    await sleep(export_?.statusCode === 200 ? 0 : 1000);
  });

/** Changes of a row that another session has locked, by one client on 30 connections. */
const lockedRow: Attack = async (target, until, count) => {
  const session = new pg.Client({ connectionString: target.databaseUrl });
  await session.connect();
  await session.query('BEGIN');
  await session.query('SELECT FROM metrics WHERE key = $1 FOR UPDATE', [target.metric]);
  const headers = { 'content-type': 'application/merge-patch+json' };
  await repeat(30, until, async () => {
    const sent = { method: 'PATCH', path: `${METRICS}/${target.metric}`, body: '{"owner":"x"}', headers };
    count(await send(target, { ...sent, key: target.keys[0] }));
  });
  await session.end();
};

/** Uploads that end in the middle, as fast as possible. */
const abortedUploads: Attack = (target, until, count) => {
  const half = Buffer.alloc(MIB / 2, ' ');
  return repeat(20, until, async (copy) => {
    const request = httpRequest(target.address + METRICS, {
      method: 'POST',
      agent: false,
      headers: {
        authorization: `Bearer ${target.keys[copy % 2] ?? ''}`,
        'content-type': 'application/json',
        'content-length': MIB,
      },
    });
    request.on('error', () => undefined);
    await new Promise<void>((resolve) => {
      request.once('response', () => resolve()).once('close', () => resolve());
      request.write(half, () => resolve());
    });
    request.destroy();
    count('aborted');
  });
};

/** Unknown routes, undecodable URLs and requests that are over the limit, without credentials, from one address. */
const floods: Attack = (target, until, count) => {
  const { hostname, port } = new URL(target.address);
  const requests = ['/none', '/%zz', METRICS, `${METRICS}?x=${'y'.repeat(4000)}`].map(
    (path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  );
  return repeat(20, until, async () => {
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    for (let round = 0; !until.aborted && !socket.destroyed; round++) {
      socket.write(requests[round % requests.length] ?? '');
      const [data] = (await once(socket, 'data', { signal: until }).catch(() => ['no response'])) as [Buffer | string];
      count(/ (\d{3}) /.exec(data.toString('latin1').slice(0, 20))?.[1] ?? 'no response');
    }
    socket.destroy();
  });
};

/** Requests that wait for no response, 1,000 at a time on each of four connections, from one address. */
const pipelined: Attack = (target, until, count) => {
  const { hostname, port } = new URL(target.address);
  const requests = 'GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1000);
  return repeat(4, until, async () => {
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    socket.resume();
    while (!until.aborted && !socket.destroyed) {
      if (!socket.write(requests)) await once(socket, 'drain', { signal: until }).catch(() => undefined);
      await sleep(10);
    }
    count(until.aborted ? 'open' : 'closed by the service');
    socket.destroy();
  });
};

/** Guesses of passwords, of one known and many unknown users, from six addresses. */
const signIns: Attack = (target, until, count) =>
  repeat(24, until, async (copy, round) => {
    const name = round % 2 ? target.user : `user-${copy}-${round}@example.com`;
    const body = JSON.stringify({ name, password: `guess ${round} of many others` });
    count(await send(target, { method: 'POST', path: LOGIN, body, from: `127.0.7.${1 + (copy % 6)}` }));
  });

/** Connections that send a header, or a body, byte by byte. */
const slowSenders: Attack = (target, until, count) => {
  const { hostname, port } = new URL(target.address);
  const begin = (copy: number) =>
    copy % 2
      ? 'GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: '
      : `POST ${LOGIN} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n`;
  return repeat(400, until, async (copy) => {
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    socket.resume().write(begin(copy));
    while (!until.aborted && !socket.destroyed && !socket.readableEnded) {
      await sleep(500);
      socket.write('a');
    }
    count(until.aborted ? 'open' : 'closed by the service');
    socket.destroy();
  });
};

/** Each by its name. */
export const ATTACKS: Record<string, Attack> = {
  'refused bodies': refusedBodies,
  'costly searches': costlySearches,
  'slow readers': slowReaders,
  'locked row': lockedRow,
  'aborted uploads': abortedUploads,
  floods,
  'pipelined requests': pipelined,
  'sign-ins': signIns,
  'slow senders': slowSenders,
};
