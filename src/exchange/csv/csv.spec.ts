import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { resources } from '../../../test/support/resources';
import type { CatalogueEntry, JsonObject } from '../files/catalogue-entry';
import { readCatalogueFile } from '../files/catalogue-file';
import { FORMATS } from '../formats';
import { formatCell, parseCell } from './csv-cells';
import { columnsOf } from './csv-columns';
import { writeCsv } from './csv-writer';

describe('CSV', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'csv-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function read(content: string | Uint8Array, name = 'file.txt'): Promise<CatalogueEntry[]> {
    const path = join(folder, name);
    await writeFile(path, content);
    const entries: CatalogueEntry[] = [];
    for await (const entry of readCatalogueFile(path, resources, FORMATS))
      if (entry.kind !== 'part') entries.push(entry);
    return entries;
  }
  const documents = (entries: CatalogueEntry[]) =>
    entries.map((entry) => (entry.kind === 'record' ? entry.document : entry));
  const codes = (entries: CatalogueEntry[]) =>
    entries.map((entry) => [entry.line, entry.pointer, entry.kind === 'refused' ? entry.code : entry.kind]);
  async function write(resource: string, given: JsonObject[], bom = false): Promise<string> {
    const definition = resources.definitionOf(resource);
    let text = '';
    // eslint-disable-next-line @typescript-eslint/require-await -- an asynchronous source
    async function* source() {
      yield* given;
    }
    for await (const piece of writeCsv(source(), () => undefined, { definition, bom })) text += piece;
    return text;
  }

  const METRIC = {
    metric_id: 'mrr',
    name: 'Monthly "recurring" revenue, total',
    description: 'One line.\nAnother line.\r\nA third.',
    synonyms: ['a|b', 'back\\slash', '=SUM(1)', '[]'],
    tags: [],
    formula: { expression: '=cmd|calc', dialects: [{ dialect: 'bigquery', expression: 'SUM(x)' }] },
    contacts: {},
    targets: { target: -1.5 },
    governance: { pii: false, regulatory: ['[]'] },
    extra: { 'a.b': [null, { c: 1 }] },
  };

  it('has dotted columns, and reads back what it wrote', async () => {
    const text = await write('metrics', [METRIC]);
    expect(text.split('\r\n')[0]).toMatch(/^version,.*metric_id,name,.*formula\.expression,.*,extra$/);
    expect(text).toContain("'=cmd|calc");
    expect(text).toContain(',-1.5,');
    expect(documents(await read(text))).toEqual([METRIC]);
  });

  it('starts with a byte order mark if wanted, and is read with and without one', async () => {
    const text = await write('domains', [{ domain_id: 'é', name: 'Été' }], true);
    expect(text.startsWith('\ufeffversion')).toBe(true);
    expect(documents(await read(text))).toEqual([{ domain_id: 'é', name: 'Été' }]);
  });

  it.each([',', ';', '\t'])('detects the delimiter %j and the resource by its key column', async (delimiter) => {
    const rows = [
      ['Objective_ID', 'name', 'domain_id', 'timeframe.start', 'key_results'],
      ['O', 'More', 'd', '2026-01-01', '"[{""kr_id"":""K"",""target"":null}]"'],
    ];
    const text = rows.map((row) => row.join(delimiter)).join('\n');
    expect(documents(await read(text))).toEqual([
      {
        objective_id: 'O',
        name: 'More',
        domain_id: 'd',
        timeframe: { start: '2026-01-01' },
        key_results: [{ kr_id: 'K', target: null }],
      },
    ]);
  });

  it('keeps unknown columns and reports them', async () => {
    const entries = await read('metric_id,name,cost centre,extra,extra.team\nm,M,4711,"{""a"":1}",blue\n');
    expect(entries).toEqual([
      { kind: 'note', line: 1, pointer: '', detail: expect.stringContaining('cost centre, extra.team') as string },
      {
        kind: 'record',
        form: 'own',
        resource: 'metrics',
        line: 2,
        pointer: '',
        document: { metric_id: 'm', name: 'M', 'cost centre': '4711', extra: { a: 1, team: 'blue' } },
      },
    ]);
  });

  it('counts rows as a spreadsheet does, also with line breaks in cells and blank rows', async () => {
    const text =
      'metric_id,name,targets.target,depends_on\na,"two\nlines",many,\n\n,no key,,\nb,B,1e400,c|d\n,,,\nc,C,TRUE\n';
    expect(codes(await read(text))).toEqual([
      [2, '', 'record'],
      [4, '/metric_id', 'missing_key'],
      [5, '/targets/target', 'number_out_of_range'],
      [7, '', 'malformed_csv'],
    ]);
  });

  it.each([
    ['a duplicate column', 'metric_id,name,NAME\na,b,c', [[1, '', 'duplicate_column']]],
    ['a forbidden column', 'metric_id,__proto__\na,b', [[1, '', 'forbidden_key']]],
    [
      'a quote that is not closed',
      'metric_id,name\na,b\nc,"d',
      [
        [2, '', 'record'],
        [3, '', 'malformed_csv'],
      ],
    ],
    ['a quote inside a cell', 'metric_id,name\na,x"y', [[2, '', 'malformed_csv']]],
    ['a cell without a column', 'metric_id,\na,b', [[2, '', 'malformed_csv']]],
    ['a duplicate member in a cell', 'metric_id,extra\na,"{""b"":1,""b"":2}"', [[2, '/extra', 'duplicate_key']]],
  ])('refuses %s', async (_, text, expected) => {
    expect(codes(await read(text))).toEqual(expected);
  });

  it('refuses other encodings than UTF-8', async () => {
    const text = Buffer.concat([Buffer.from('metric_id,name\na,'), Buffer.from([0xe9]), Buffer.from('\n')]);
    expect(codes(await read(text))).toEqual([[1, '', 'invalid_encoding']]);
  });

  it('needs the extension only without the column of a key', async () => {
    expect(codes(await read('id,name\n1,a\n', 'a.csv'))).toEqual([[1, '', 'unknown_document']]);
    expect(codes(await read('metric_id\nm\n', 'a.csv'))).toEqual([[2, '', 'record']]);
    expect(codes(await read('[{"metric_id":"m"}]', 'a.csv'))).toEqual([[1, '/0', 'record']]);
    expect(codes(await read('metric_id: m\nname: a,b\n'))).toEqual([[1, '', 'record']]);
  });

  it('restores every text and every list', () => {
    const text = fc.oneof(fc.string({ minLength: 1 }), fc.stringMatching(/^[\\'|=+@{}[\]-]{1,8}$/));
    fc.assert(
      fc.property(text, fc.array(text, { minLength: 0 }), (value, list) => {
        expect(parseCell(formatCell(value, 'text'), 'text')).toBe(value);
        expect(parseCell(formatCell(list, 'list'), 'list')).toEqual(list);
        expect(formatCell(value, 'text')).not.toMatch(/^[=+\-@\t\r]|^\{\}$/);
      }),
    );
  });

  it('has a column for every member of every resource but the computed ones', () => {
    const names = (resource: string) => columnsOf(resources.definitionOf(resource)).map(({ name }) => name);
    expect(names('objectives')).toEqual(
      expect.arrayContaining(['objective_id', 'timeframe.end', 'key_results', 'version', 'updated_at']),
    );
    expect(names('objectives')).not.toContain('progress');
    expect(names('domains')).not.toContain('metric_count');
  });
});
