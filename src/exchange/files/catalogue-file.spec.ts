import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resources } from '../../../test/support/resources';
import type { CatalogueEntry, CatalogueRecord } from './catalogue-entry';
import { readCatalogueFile } from './catalogue-file';

describe('readCatalogueFile', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'catalogue-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function read(content: string | Uint8Array, name = 'file.txt'): Promise<CatalogueEntry[]> {
    const path = join(folder, name);
    await writeFile(path, content);
    const entries: CatalogueEntry[] = [];
    for await (const entry of readCatalogueFile(path, resources)) if (entry.kind !== 'part') entries.push(entry);
    return entries;
  }
  const brief = (entries: CatalogueEntry[]) =>
    entries.map((entry) => [
      entry.line,
      entry.pointer,
      entry.kind === 'record' ? entry.resource : entry.kind === 'refused' ? entry.code : 'note',
    ]);

  describe('NDJSON', () => {
    it('identifies the resource by the key member, also of an objective with a domain_id', async () => {
      const entries = await read('{"metric_id":"A"}\n\n{"domain_id":"d"}\r\n{"objective_id":"O","domain_id":"d"}');
      expect(brief(entries)).toEqual([
        [1, '', 'metrics'],
        [3, '', 'domains'],
        [4, '', 'objectives'],
      ]);
      expect(entries.every((entry) => entry.kind === 'record' && entry.form === 'own')).toBe(true);
    });

    it('refuses invalid lines and reads the others', async () => {
      const lines = [
        '{"metric_id":"A" "name":1}',
        '["metric_id"]',
        '{"name":"no key"}',
        '{"metric_id":""}',
        '{"metric_id":5}',
        '{"metric_id":"B"}',
      ];
      expect(brief(await read(lines.join('\n')))).toEqual([
        [1, '', 'malformed_json'],
        [2, '', 'not_an_object'],
        [3, '', 'unknown_document'],
        [4, '/metric_id', 'missing_key'],
        [5, '/metric_id', 'invalid_key'],
        [6, '', 'metrics'],
      ]);
    });

    it('refuses what JSON.parse accepts without an error', async () => {
      const lines = [
        '{"metric_id":"A","unit":"s","unit":"ms"}',
        '{"metric_id":"A","extra":{"__proto__":{}}}',
        '{"metric_id":"A","name":"a\\u0000"}',
        '{"metric_id":"A","name":"\\ud800"}',
        '{"metric_id":"A","targets":{"target":1e400}}',
        '{"metric_id":"A","targets":{"target":9007199254740993}}',
        `{"metric_id":"A","extra":${'['.repeat(40)}${']'.repeat(40)}}`,
      ];
      const codes = (await read(lines.join('\n'))).map((entry) => (entry.kind === 'refused' ? entry.code : entry.kind));
      const character = 'invalid_character';
      const number = 'number_out_of_range';
      expect(codes).toEqual(['duplicate_key', 'forbidden_key', character, character, number, number, 'too_deep']);
    });

    it('accepts equal member names in different objects, and a value equal to a member name', async () => {
      const entries = await read(
        '{"metric_id":"A","extra":{"a":"metric_id","b":{"a":1},"c":["a",{"a":"\\""},{"a":2}]}}\n{"metric_id":"B"}',
      );
      expect(brief(entries)).toEqual([
        [1, '', 'metrics'],
        [2, '', 'metrics'],
      ]);
    });

    it('refuses only the line with invalid UTF-8', async () => {
      const bytes = Buffer.concat([
        Buffer.from('{"metric_id":"A","name":"'),
        Buffer.from([0xff]),
        Buffer.from('"}\n{"metric_id":"B"}'),
      ]);
      expect(brief(await read(bytes, 'bytes.ndjson'))).toEqual([
        [1, '', 'invalid_encoding'],
        [2, '', 'metrics'],
      ]);
    });

    it('checks the count at the end of an export', async () => {
      expect(brief(await read('{"metric_id":"A"}\n{"count":1}\n'))).toEqual([[1, '', 'metrics']]);
      expect(brief(await read('{"metric_id":"A"}\n{"count":2}\n'))).toEqual([
        [1, '', 'metrics'],
        [2, '/count', 'truncated'],
      ]);
      expect(brief(await read('{"count":0}\n'))).toEqual([]);
    });

    it('checks the count of each export in a file', async () => {
      const entries = await read('{"domain_id":"d"}\n{"count":1}\n{"metric_id":"A"}\n{"count":3}');
      expect(brief(entries)).toEqual([
        [1, '', 'domains'],
        [3, '', 'metrics'],
        [4, '/count', 'truncated'],
      ]);
    });

    it('counts a refused line as a document', async () => {
      expect(brief(await read('{"metric_id":"A"\n{"count":1}', 'cut.ndjson'))).toEqual([[1, '', 'malformed_json']]);
    });

    it('joins lines and characters that are split between chunks', async () => {
      const names = Array.from({ length: 3000 }, (_, index) => `${'é'.repeat(40 + (index % 7))} ${index}`);
      const entries = await read(
        names.map((name, index) => JSON.stringify({ metric_id: `M-${index}`, name })).join('\n'),
      );
      expect(entries.map((entry) => (entry as CatalogueRecord).document['name'])).toEqual(names);
    });

    it('ignores a byte order mark', async () => {
      expect(brief(await read('\uFEFF{"metric_id":"A"}\n{"metric_id":"B"}'))).toEqual([
        [1, '', 'metrics'],
        [2, '', 'metrics'],
      ]);
    });
  });

  describe('JSON', () => {
    it('reads arrays and {"items": …} with the line of each document', async () => {
      expect(brief(await read('[\n  {"metric_id": "A"},\n\n  {"domain_id": "d"}\n]'))).toEqual([
        [2, '/0', 'metrics'],
        [4, '/1', 'domains'],
      ]);
      expect(brief(await read('{\n"items": [\n{"metric_id": "A"}]}'))).toEqual([[3, '/items/0', 'metrics']]);
      expect(brief(await read('{"items":[{"metric_id":"A"}]}'))).toEqual([[1, '/items/0', 'metrics']]);
    });

    it('reads a document of several lines', async () => {
      expect(brief(await read('\n{\n  "metric_id": "A"\n}'))).toEqual([[2, '', 'metrics']]);
    });

    it('refuses only the invalid documents of a list', async () => {
      const entries = await read('[\n{"metric_id":"A",\n"unit":"s",\n"unit":"s"},\n7,\n{"metric_id":"B"}]');
      expect(brief(entries)).toEqual([
        [4, '/0/unit', 'duplicate_key'],
        [5, '/1', 'not_an_object'],
        [6, '/2', 'metrics'],
      ]);
    });

    it('reports the line of a violation inside a document, and checks the documents after it', async () => {
      const deep = `${'['.repeat(40)}${']'.repeat(40)}`;
      const entries = await read(`[\n{"metric_id":"A",\n"extra":${deep}},\n{"metric_id":"B",\n"a~b":{\n"c":1e400}}]`);
      expect(brief(entries)).toEqual([
        [3, expect.stringMatching(/^\/0\/extra\/0/), 'too_deep'],
        [6, '/1/a~0b/c', 'number_out_of_range'],
      ]);
    });

    it('refuses a file that exhausts the stack of the parser', async () => {
      expect(brief(await read(`[${'['.repeat(100_000)}${']'.repeat(100_000)}]`))).toEqual([[1, '', 'too_deep']]);
    });

    it('refuses comments and trailing commas', async () => {
      expect(brief(await read('[\n// note\n{"metric_id":"A"}]'))).toEqual([[2, '', 'malformed_json']]);
      expect(brief(await read('[\n{"metric_id":"A"},\n]'))).toEqual([[3, '', 'malformed_json']]);
    });

    it('refuses a file with a duplicate section', async () => {
      expect(brief(await read('{\n"items":[],\n"items":[{"metric_id":"A"}]}'))).toEqual([
        [3, '/items', 'duplicate_key'],
      ]);
    });

    it('reports the line of a syntax error', async () => {
      expect(brief(await read('[\n{"metric_id":"A"},\n{"metric_id" "B"}]'))).toEqual([[3, '', 'malformed_json']]);
      expect(brief(await read('{\n"items": [\n{"metric_id":"A"}\n'))).toEqual([[3, '', 'malformed_json']]);
    });
  });

  describe('catalogues of the first MDL', () => {
    it('reads all sections of a JSON file and notes its header', async () => {
      const entries = await read(
        '{\n"catalog_version": "1",\n"objectives": [{"objective_id":"O"}],\n"metrics": [\n{"metric_id":"A"}],\n"domains": [{"id":"D"}]\n}',
      );
      expect(brief(entries)).toEqual([
        [6, '/domains/0', 'domains'],
        [5, '/metrics/0', 'metrics'],
        [3, '/objectives/0', 'objectives'],
        [1, '', 'note'],
      ]);
      expect(
        entries.every((entry) => entry.kind === 'note' || (entry.kind === 'record' && entry.form === 'first-mdl')),
      ).toBe(true);
    });

    it('reads YAML with lines, and keeps dates as text', async () => {
      const entries = await read(
        '# mine\nobjectives:\n  - objective_id: O\n    start_date: 2025-01-01\nmetrics:\n  - metric_id: A\n    name: a\n  - metric_id: B\n',
      );
      expect(brief(entries)).toEqual([
        [6, '/metrics/0', 'metrics'],
        [8, '/metrics/1', 'metrics'],
        [3, '/objectives/0', 'objectives'],
      ]);
      expect((entries[2] as CatalogueRecord).document['start_date']).toBe('2025-01-01');
    });

    it('refuses only the YAML document with a duplicate key', async () => {
      const entries = await read(
        'metrics:\n  - metric_id: A\n    name: a\n    name: b\n  - metric_id: B\n',
        'twice.yaml',
      );
      expect(brief(entries)).toEqual([
        [4, '/metrics/0/name', 'duplicate_key'],
        [5, '/metrics/1', 'metrics'],
      ]);
    });

    it('reports the line of a YAML error, and refuses values that JSON cannot represent', async () => {
      expect(brief(await read('metrics:\n  - metric_id: A\n   name: a\n', 'bad.yaml'))).toEqual([
        [3, '', 'malformed_yaml'],
      ]);
      expect(brief(await read('metric_id: A\nextra: {a: .inf}\n'))).toEqual([[2, '/extra/a', 'number_out_of_range']]);
      expect(brief(await read('- &a {metric_id: A, extra: {b: &b .nan}}\n- {metric_id: B, extra: {b: *b}}\n'))).toEqual(
        [
          [1, '/0/extra/b', 'number_out_of_range'],
          [1, '/1/extra/b', 'number_out_of_range'],
        ],
      );
      expect(brief(await read('metric_id: A\nextra: {a: 1e-300}\n'))).toEqual([[1, '/extra/a', 'number_out_of_range']]);
    });

    it('reads aliases of other documents, and refuses cyclic and exponential ones', async () => {
      expect(
        brief(await read('metrics:\n  - &a {metric_id: A, extra: {b: 1}}\n  - {metric_id: B, extra: *a}\n')),
      ).toEqual([
        [2, '/metrics/0', 'metrics'],
        [3, '/metrics/1', 'metrics'],
      ]);
      const [self] = await read('metric_id: A\nextra: &e\n  again: *e\n');
      expect(self?.kind).toBe('refused');
      const laughs = Array.from(
        { length: 9 },
        (_, level) =>
          `l${level}: &l${level} [${Array(9)
            .fill(level === 0 ? 'ha' : `*l${level - 1}`)
            .join(', ')}]`,
      );
      expect(brief(await read(`metric_id: A\n${laughs.join('\n')}\n`))).toEqual([[1, '', 'malformed_yaml']]);
    });

    it('reads a single domain by its id, and refuses an empty template', async () => {
      expect(brief(await read('id: D\nname: Sales\nowner: team\nobjectives: []\n'))).toEqual([[1, '', 'domains']]);
      expect(
        brief(await read('{"id":"","name":"","owner":"","stakeholders":[],"objectives":[],"key_metrics":[]}')),
      ).toEqual([[1, '/id', 'empty_template']]);
      expect(brief(await read('metric_id: ""\nname: ""\n'))).toEqual([[1, '/metric_id', 'empty_template']]);
    });
  });

  it('notes files without a document', async () => {
    expect(brief(await read(''))).toEqual([[1, '', 'note']]);
    expect(brief(await read('\n \n'))).toEqual([[1, '', 'note']]);
    expect(brief(await read('# only a comment\n'))).toEqual([[1, '', 'note']]);
    expect(brief(await read('', 'empty.yaml'))).toEqual([[1, '', 'note']]);
  });
});
