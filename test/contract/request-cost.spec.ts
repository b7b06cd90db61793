import { readFileSync } from 'node:fs';
import { READ_HERE_LIMIT } from '../../src/exchange/http/upload';
import { TestApp } from '../support/app';
import { domain, objective } from '../support/documents';
import { type OpenApi, type Operation, operationsOf } from './openapi';

/** The goal is 50 ms where the yardstick takes 10 ms. */
const MAX_RATIO = 5;
const MAX_HEADER_RATIO = 1;
/** Turns of measuring work that looks too expensive. */
const TURNS = 15;
const MIB = 1024 * 1024;
const JSON_TYPE = 'application/json';
const NDJSON_TYPE = 'application/x-ndjson';

const DOCUMENTS = JSON.stringify(Array.from({ length: 25_000 }, (_, at) => ({ id: at, name: `name ${at}`, tags: [] })));
const yardstick = () => JSON.stringify(JSON.parse(DOCUMENTS));

/** The CPU time of this process for some work, in milliseconds. */
async function cpuOf(work: () => unknown): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** The CPU time of the yardstick on an idle machine. */
async function leastYardstick(): Promise<number> {
  let least = Infinity;
  for (let turn = 0; turn < TURNS; turn++) least = Math.min(least, await cpuOf(yardstick));
  return least;
}

/**
 * The CPU time of some work in yardsticks: the least of several turns, once it is at most `enough`. Each turn compares
 * with the yardsticks before and after the work, because CPU time doubles beside other work.
 *
 * @param prepare makes the work of a turn, at no cost
 */
async function costOf(prepare: () => () => unknown, enough: number, fastest: number): Promise<number> {
  let least = (await cpuOf(prepare())) / fastest;
  for (let turn = 0; turn < TURNS && least > enough; turn++) {
    const work = prepare();
    const before = await cpuOf(yardstick);
    const cpu = await cpuOf(work);
    least = Math.min(least, cpu / Math.min(before, await cpuOf(yardstick)));
  }
  return least;
}

const fill = (unit: string, size: number) => unit.repeat(Math.max(0, Math.floor(size / unit.length)));
let names = 0;
/** An object with `count` members, whose names fill `size` and are those of no other object: V8 knows none of them. */
const unknown = (count: number, size: number) => {
  const prefix = `${names++}_`;
  const width = Math.max(1, Math.floor(size / count) - 6 - prefix.length);
  return `{${Array.from({ length: count }, (_, at) => `"${prefix}${String(at).padStart(width, 'm')}":0`).join()}}`;
};
/** An object with `count` members of the same names each time. */
const known = (count: number, name = 'm') => `{${Array.from({ length: count }, (_, at) => `"${name}${at}":0`).join()}}`;

/** Every header that the service or a package in the pipeline parses. */
const HEADERS = [
  ...['accept', 'accept-encoding', 'access-control-request-headers', 'authorization', 'content-encoding'],
  ...['content-type', 'expect', 'host', 'idempotency-key', 'if-match', 'if-none-match', 'origin', 'traceparent'],
  ...['tracestate', 'x-forwarded-for', 'x-forwarded-host', 'x-no-compression', 'x-request-id'],
];
const HEADER_UNITS = [
  '\u00a0',
  ' ',
  '\t',
  ',',
  ', ',
  ';',
  ';q=0.1,',
  '"',
  '"",',
  '"a" ',
  'W/"a",',
  '=',
  '-',
  '.',
  '1',
  'a',
  'a ',
  'a.',
  '::',
  '%',
  '/',
];

type Body = [name: string, text: () => string];

/** Bodies of at most `size` bytes that cost much to parse, to validate or to report. */
function hostileBodies(size: number, { requestBody }: Operation, members: string[]): Body[] {
  const room = size - 100;
  // The same value for every member of the schema, so that every rule meets it.
  const each = (value: (share: number) => string, whole = room) =>
    `{${members.map((member) => `"${member}":${value(whole / members.length - member.length - 10)}`).join()}}`;
  const bodies: Body[] = [
    ['unknown members', () => unknown(Math.floor(size / 12), room)],
    ['as many unknown members as are read', () => unknown(19_990, room)],
    ['as many unknown members as are reported', () => unknown(1_990, room)],
    ['zeros', () => `[${fill('0,', room)}0]`],
    ['long numbers', () => `[${fill('0.12345678901234567,', room)}0]`],
    ['numbers beyond doubles', () => `[${fill('1e999,', room)}0]`],
    ['arrays', () => `[${fill('[],', room)}0]`],
    ['objects', () => `[${fill('{},', room)}0]`],
    ['duplicate members', () => `{${fill('"a":1,', room)}"a":1}`],
    ['depth', () => fill('[', room)],
    ['white space', () => `{${fill(' ', room)}}`],
    ['lines', () => fill('\n', room)],
    ['lines of blanks', () => fill(' \r\n', room)],
    ['digits', () => fill('1', room)],
    ['values without commas', () => fill('1 ', room)],
    ['strings without commas', () => fill('"\\n"', room)],
    ['quotes', () => `{"a":"${fill('\\"', room)}"}`],
    ['escapes', () => `{"a":"${fill('\\u0301', room)}"}`],
    ['escaped surrogates', () => `{"a":[${fill('"\\ud83d\\ude00",', room)}0]}`],
    ['objects of escaped names', () => `{"a":[${fill(`${known(90, '\\u0061')},`, room)}0]}`],
    ['objects of many members', () => `{"a":[${fill(`${known(900)},`, room)}0]}`],
    ['objects of new names', () => `{"a":[${Array.from({ length: 2000 }, () => unknown(48, room / 2000)).join()}]}`],
    ['empty texts', () => each((share) => `[${fill('"",', share)}""]`, Math.min(room, 59_000))],
    ['as many empty texts as are reported', () => each((share) => `[${fill('"",', share)}""]`, Math.min(room, 5_900))],
    ['blank texts', () => each((share) => `"${fill(' ', share)}"`)],
    ['blank texts in lists', () => each((share) => `["${fill(' ', share)}"]`)],
    ['blank texts of 400 characters', () => each(() => `[${fill(`"${fill(' ', 400)}",`, 400 * 40)}""]`, room)],
    ['marks', () => each((share) => `"a${fill('\u0301', share / 2)}${fill('\u0323', share / 2)}"`)],
    ['wrong objects', () => each((share) => `[${fill('{"a":0},', share)}{}]`, Math.min(room, 15_000))],
    ['labels', () => each((share) => `"http://a@${fill('a.', share)}"`)],
    ['lists of labels', () => each((share) => `[{"url":"http://a@${fill('a.', share)}"}]`)],
  ];
  return requestBody?.content[NDJSON_TYPE] ? [...bodies, ...hostileItems(room)] : bodies;
}

/** Bodies of a bulk route with as many costly items as it accepts. */
function hostileItems(room: number): Body[] {
  const items = (separator: string, item: (at: number) => string, count = 1000) =>
    Array.from({ length: count }, (_, at) => item(at)).join(separator);
  const list = (item: (at: number) => string, count?: number) => `{"items":[${items(',', item, count)}]}`;
  return [
    ['items of new names', () => list(() => unknown(98, room / 1000))],
    ['lines of new names', () => items('\n', () => unknown(98, room / 1000))],
    ['items of many new names', () => list(() => unknown(1900, room / 50), 50)],
    ['items of as many new names as are read', () => list(() => unknown(98, 5000), 100)],
    ['items of unknown members', () => list(() => known(98, fill('m', 40)))],
    ['lines of unknown members', () => items('\n', () => known(98, fill('m', 40)))],
    ['items of many unknown members', () => list(() => known(900), 40)],
    ['items with extra members', () => list(() => `{"extra":${known(95)}}`)],
    ['items with many extra members', () => list(() => `{"extra":${known(900)}}`, 40)],
    ['items with empty texts', () => list(() => `{"tags":[${fill('"",', 190)}""]}`)],
    ['items with long names', () => list(() => `{"name":"${fill('x', room / 1000 - 20)}"}`)],
    ['items with blank names', () => list(() => `{"name":"${fill(' ', 990)}"}`)],
    ['items and white space', () => list(() => `{"x":0${fill(' ', room / 1000 - 10)}}`)],
    ['one line', () => `{"name":"${fill('x', room)}"}`],
    ['one line of many values', () => `{"name":"x","extra":{"a":[${fill('0,', 190_000)}0]}}`],
    ['one item of unknown members', () => list(() => unknown(69_000, room), 1)],
    ['unknown members beside the items', () => unknown(69_000, room)],
  ];
}

const document = JSON.parse(readFileSync('openapi.json', 'utf8')) as OpenApi;
const operations = operationsOf(document).filter(({ method }) => method !== 'GET');

/** The members of the body of an operation. */
function membersOf({ requestBody }: Operation): string[] {
  const propertiesIn = (part: unknown) => {
    const name = /#\/components\/schemas\/(\w+)/.exec(JSON.stringify(part ?? ''))?.[1] ?? '';
    return document.components.schemas[name]?.properties ?? {};
  };
  const { items, ...members } = propertiesIn(requestBody);
  return Object.keys(items ? propertiesIn(items) : members);
}

describe('the CPU time of the most expensive requests', () => {
  let app: TestApp;
  let fastest: number;

  beforeAll(async () => {
    app = await TestApp.start();
    for (const [resource, document] of [
      ['domains', domain('x1')],
      ['metrics', { metric_id: 'x1', name: 'A metric' }],
      ['objectives', objective('x1')],
    ] as const)
      expect(await app.post(`/api/v1/${resource}`, document)).toMatchObject({ status: 201 });
    fastest = await leastYardstick();
  });
  afterAll(() => app.stop());

  const send = ({ method, path }: Operation, body: Buffer, type: string) =>
    app.send(method, path.replaceAll(/\{\w+\}/g, 'x1'), {
      body,
      headers: { 'content-type': type, ...(method === 'PUT' && { 'if-match': '*' }) },
    });

  /** The size of the largest body that a route reads. */
  const sizeLimitOf = async (operation: Operation) => {
    // Larger files are read in another process (e2e/import-hostile.spec.ts).
    if (operation.operationId === 'createImport') return READ_HERE_LIMIT;
    const { status, body } = await send(operation, Buffer.alloc(6 * MIB, 0x20), JSON_TYPE);
    expect(status).toBe(413);
    return body.limit as number;
  };

  // Node.js refuses more than 16 KiB of headers.
  it.each(HEADERS)('header %s', async (header) => {
    const tooSlow: string[] = [];
    for (const prefix of ['', 'Bearer ', 'application/json; charset=', 'gzip;q=', '"', 'https://'])
      for (const unit of HEADER_UNITS) {
        const value = `${prefix}${fill(unit, 15_800)}!`;
        for (const [method, url] of [
          ['GET', '/api/v1/metrics'],
          ['PUT', '/api/v1/metrics/x1'],
        ] as const) {
          const headers = { 'content-type': JSON_TYPE, [header]: value };
          const work = () => app.send(method, url, { body: '{}', headers });
          const cost = await costOf(() => work, MAX_HEADER_RATIO, fastest);
          if (cost > MAX_HEADER_RATIO) tooSlow.push(`${method} ${prefix}${unit}: ${cost} yardsticks`);
        }
      }
    expect(tooSlow).toEqual([]);
  });

  describe.each(operations.map((operation) => [operation.operationId, operation] as const))('%s', (_, operation) => {
    it.each(Object.keys(operation.requestBody?.content ?? { [JSON_TYPE]: {} }))('%s', async (type) => {
      const size = await sizeLimitOf(operation);
      if (operation.security.length === 0) expect(size).toBe(4096);
      const tooSlow: string[] = [];
      for (const [name, text] of hostileBodies(size, operation, membersOf(operation))) {
        const statuses = new Set<number>();
        const prepare = () => {
          const body = Buffer.from(text()).subarray(0, size);
          return async () => statuses.add((await send(operation, body, type)).status);
        };
        const cost = await costOf(prepare, MAX_RATIO, fastest);
        if (cost > MAX_RATIO || [...statuses].some((status) => status >= 500))
          tooSlow.push(`${name}: ${cost} yardsticks, ${[...statuses].join()}`);
      }
      expect(tooSlow).toEqual([]);
    });
  });
});
