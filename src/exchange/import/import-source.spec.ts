import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { resources } from '../../../test/support/resources';
import { readImport, type ImportEntry } from './import-source';
import { ownDocument } from './own-form';

describe('readImport', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'import-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function read(files: Record<string, string>, options = {}): Promise<ImportEntry[]> {
    const paths = Object.keys(files).map((name) => join(folder, name));
    for (const path of paths)
      if (files[basename(path)] !== 'missing') await writeFile(path, files[basename(path)] ?? '');
    const entries: ImportEntry[] = [];
    for await (const entry of readImport(paths, resources, options)) entries.push(entry);
    return entries;
  }

  it('resolves the name of a domain that is in a later file', async () => {
    const entries = await read({
      'metrics.json': '{"metrics":[{"metric_id":"A","business_domain":"Sales"}]}',
      'domains.json': '{"domains":[{"id":"DOMAIN-005","name":"Sales"}]}',
    });
    expect(entries[0]).toMatchObject({ kind: 'ready', document: { metric_id: 'A', business_domain: 'DOMAIN-005' } });
  });

  it('prefers the name of a domain in the same case to a key in another case', async () => {
    const entries = await read({
      'm.json': '{"metrics":[{"metric_id":"A","business_domain":"Sales"},{"metric_id":"B","business_domain":"SALES"}]}',
      'd.json': '{"domains":[{"id":"sales","name":"sales","owner":"x"},{"id":"DOMAIN-005","name":"Sales"}]}',
    });
    const domains = entries.map((entry) => entry.kind === 'ready' && entry.document['business_domain']);
    expect(domains.slice(0, 2)).toEqual(['DOMAIN-005', 'sales']);
  });

  it('refuses a duplicate key in one file, in any case, and notes one in another file', async () => {
    const entries = await read({ 'a.ndjson': '{"metric_id":"A"}\n{"metric_id":"a"}', 'b.ndjson': '{"metric_id":"A"}' });
    expect(entries.map((entry) => [basename(entry.path), entry.kind, entry.line])).toEqual([
      ['a.ndjson', 'ready', 1],
      ['a.ndjson', 'refused', 2],
      ['b.ndjson', 'note', 1],
      ['b.ndjson', 'ready', 1],
    ]);
  });

  it('skips files without a definition on request, but not those with a mistake', async () => {
    const files = {
      'Taskfile.yml': 'version: 3\ntasks: {}\n',
      'seed.csv': 'id,name\n1,a\n',
      'package.json': '{"name":"x","scripts":{}}',
      'data.json': '[1,2]',
      'rows.ndjson': '{"a":1}\n{"a":2}\n',
      'template.yml': 'metric_id: ""\nname: ""\n',
      'model.ndjson': '{"metric_id":"A","name":"a"}\n{"name":"b"}\n',
      'mistake.yml': 'metric_id: ""\nname: Revenue\n',
      'broken.yml': 'a: [\n',
    };
    const brief = (entries: ImportEntry[]) =>
      entries.map((entry) => `${basename(entry.path)} ${entry.kind === 'refused' ? entry.code : entry.kind}`);
    const [known, skipped] = [await read(files), await read(files, { skipUnknown: true })];
    const mistakes = [
      'model.ndjson ready',
      'model.ndjson unknown_document',
      'mistake.yml missing_key',
      'broken.yml malformed_yaml',
    ];
    expect(brief(skipped)).toEqual([
      'Taskfile.yml note',
      'seed.csv note',
      'package.json note',
      'data.json note',
      'rows.ndjson note',
      'template.yml note',
      ...mistakes,
    ]);
    expect(brief(known)).toEqual([
      'Taskfile.yml unknown_document',
      'seed.csv unknown_document',
      'package.json unknown_document',
      'data.json not_an_object',
      'data.json not_an_object',
      'rows.ndjson unknown_document',
      'rows.ndjson unknown_document',
      'template.yml empty_template',
      ...mistakes,
    ]);
  });

  it.each(['csv', 'dbt', 'dbt-manifest', 'ossie', 'mdl', 'mdl1'])(
    'refuses a file that does not have the format %s, and ignores none',
    async (format) => {
      const entries = await read({ 'a.json': 'null', 'b.yaml': 'a: 1\n', 'c.json': '[1]' }, { format });
      expect(entries.filter(({ kind }) => kind === 'refused').length).toBeGreaterThanOrEqual(2);
      expect(new Set(entries.map(({ path }) => basename(path)))).toEqual(new Set(['a.json', 'b.yaml', 'c.json']));
    },
  );

  it('reads no further after thousands of refused documents', async () => {
    const entries = await read({ 'a.ndjson': 'x\n'.repeat(10_000), 'b.ndjson': '{"metric_id":"A"}' });
    expect(entries).toHaveLength(5002);
    expect(entries.at(-2)).toMatchObject({ kind: 'refused', code: 'too_many_errors' });
    expect(entries.at(-1)).toMatchObject({ kind: 'ready', key: 'A' });
  });

  it('reports a missing file and reads the others', async () => {
    const entries = await read({ 'gone.json': 'missing', 'c.ndjson': '{"metric_id":"A"}' });
    expect(entries).toMatchObject([
      { kind: 'refused', code: 'unreadable_file' },
      { kind: 'ready', key: 'A' },
    ]);
  });
});

describe('ownDocument', () => {
  it('drops read-only members but version and deleted_at, and moves unknown members to extra', () => {
    const exported = {
      metric_id: 'A',
      name: 'a',
      version: 3,
      updated_at: '2026-01-01T00:00:00.000Z',
      shade: 'red',
      extra: { old: 1 },
    };
    expect(ownDocument(resources.definitionOf('metrics'), exported)).toEqual({
      metric_id: 'A',
      name: 'a',
      version: 3,
      extra: { old: 1, shade: 'red' },
    });
  });

  it('does not change a document whose extra has the name of an unknown member', () => {
    const document = { domain_id: 'd', shade: 'red', extra: { shade: 'blue' } };
    expect(ownDocument(resources.definitionOf('domains'), document)).toEqual(document);
  });
});
