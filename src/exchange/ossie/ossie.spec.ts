import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020';
import fc from 'fast-check';
import { parse } from 'yaml';
import { describeWithCatalogues, published } from '../../../test/support/catalogues';
import { resources } from '../../../test/support/resources';
import type { JsonObject, LossEntry, ReadyDocument } from '../files/catalogue-entry';
import { type ImportEntry, readImport } from '../import/import-source';
import { ossieOf } from './ossie-extra';
import { writeOssie } from './ossie-writer';

describe('Ossie', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ossie-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function readFiles(...paths: string[]): Promise<ImportEntry[]> {
    const entries: ImportEntry[] = [];
    for await (const entry of readImport(paths, resources)) entries.push(entry);
    return entries;
  }
  function read(text: string, name = 'model.yaml') {
    const path = join(folder, name);
    writeFileSync(path, text);
    return readFiles(path);
  }
  const ready = (entries: ImportEntry[]) => entries.filter((entry) => entry.kind === 'ready') as ReadyDocument[];
  const losses = (entries: ImportEntry[]) => entries.filter((entry) => entry.kind === 'loss') as LossEntry[];
  const documentsOf = (entries: ImportEntry[], resource: string) =>
    ready(entries).flatMap((one) => (one.resource === resource ? [one.document] : []));

  /** Writes documents as an export does: each domain before its metrics. */
  async function write(domains: JsonObject[], metrics: JsonObject[]): Promise<{ text: string; lost: string[] }> {
    const lost: string[] = [];
    // eslint-disable-next-line @typescript-eslint/require-await -- an asynchronous source
    async function* source() {
      const known = domains.map(({ domain_id }) => domain_id);
      yield* metrics.filter(({ business_domain }) => !known.includes(business_domain));
      for (const domain of domains) {
        yield { status: 'active', ...domain };
        yield* metrics.filter(({ business_domain }) => business_domain === domain['domain_id']);
      }
    }
    const drafts = (one: JsonObject) => (Object.hasOwn(one, 'metric_id') ? { status: 'draft', ...one } : one);
    let text = '';
    async function* withStatus() {
      for await (const one of source()) yield drafts(one);
    }
    for await (const piece of writeOssie(withStatus(), (name, detail) => lost.push(`${name} ${detail}`))) text += piece;
    return { text, lost };
  }

  /** Reads, writes and reads again. */
  async function roundTrip(first: ImportEntry[]) {
    const { text } = await write(documentsOf(first, 'domains'), documentsOf(first, 'metrics'));
    const second = await read(text, 'again.yaml');
    const sorted = (entries: ImportEntry[]) =>
      ready(entries)
        .map(({ resource, key, document: { status, ...document } }) => {
          // A document without a status gets the initial one.
          const initial = resources.definitionOf(resource).initialStatus;
          return [resource, key, { ...document, status: status ?? initial }] as const;
        })
        .sort();
    return { text, first: sorted(first), second: sorted(second) };
  }

  const MODEL = `
version: 0.2.0.dev0
semantic_model:
  - name: Sales of 2026
    description: All sales
    datasets:
      - { name: orders, source: db.public.orders, fields: [{ name: amount, expression: { dialects: [] } }] }
      - { name: customers, source: select * from customers }
    behaviour: { any: [null, 1] }
    metrics:
      - name: total revenue
        expression:
          dialects:
            - { dialect: SNOWFLAKE, expression: 'sum("orders".amount)::int' }
            - { dialect: ANSI_SQL, expression: 'sum(orders.amount) / count(customers.id)' }
        description: The revenue.
        datatype: Decimal
        ai_context: { synonyms: [turnover], instructions: Net only, examples: [Revenue by month?] }
        custom_extensions: [{ vendor_name: DBT, data: '{"a": 1}' }]
      - { name: margin, expression: { dialects: [{ dialect: DAX, expression: 'SUM(Sales[x])' }] }, ai_context: plain }
      - { name: bulk, expression: { dialects: [{ dialect: ANSI_SQL, expression: count(*) }] } }
`;

  it('makes a domain of a model, and metrics of its metrics', async () => {
    const entries = await read(MODEL);
    expect(documentsOf(entries, 'domains')).toEqual([
      {
        domain_id: 'Sales-of-2026',
        name: 'Sales of 2026',
        description: 'All sales',
        extra: {
          ossie: {
            name: 'Sales of 2026',
            behaviour: { any: [null, 1] },
            datasets: [
              expect.objectContaining({ name: 'orders', source: 'db.public.orders' }),
              { name: 'customers', source: 'select * from customers' },
            ],
          },
        },
      },
    ]);
    expect(documentsOf(entries, 'metrics')).toEqual([
      {
        metric_id: 'total-revenue',
        name: 'total revenue',
        description: 'The revenue.',
        synonyms: ['turnover'],
        business_domain: 'Sales-of-2026',
        formula: {
          expression: 'sum(orders.amount) / count(customers.id)',
          language: 'sql',
          dialects: [
            { dialect: 'SNOWFLAKE', expression: 'sum("orders".amount)::int' },
            { dialect: 'ANSI_SQL', expression: 'sum(orders.amount) / count(customers.id)' },
          ],
        },
        data: { sources: [{ object: 'db.public.orders' }, { object: 'customers' }] },
        extra: {
          ossie: {
            name: 'total revenue',
            datatype: 'Decimal',
            ai_context: { instructions: 'Net only', examples: ['Revenue by month?'] },
            custom_extensions: [{ vendor_name: 'DBT', data: '{"a": 1}' }],
          },
        },
      },
      {
        metric_id: 'margin',
        name: 'margin',
        business_domain: 'Sales-of-2026',
        formula: expect.objectContaining({ language: 'dax' }) as object,
        extra: { ossie: { ai_context: 'plain' } },
      },
      expect.objectContaining({ metric_id: 'metric-bulk', name: 'bulk' }),
    ]);
    expect(losses(entries).map(({ name, line }) => [name, line])).toEqual([
      ['datasets', 4],
      ['behaviour', 4],
      ['datatype', 11],
      ['ai_context', 11],
      ['custom_extensions', 11],
      ['ai_context', 20],
    ]);
  });

  it('reads 0.1.1, a file that is one model, and JSON in one line', async () => {
    const metric = { name: 'm', expression: { dialects: [{ dialect: 'ANSI_SQL', expression: 'count(*)' }] } };
    const model = { name: 'sales', datasets: [{ name: 'o', source: 's.o' }], metrics: [metric] };
    for (const value of [
      { version: '0.1.1', semantic_model: [model] },
      { version: '0.2.0.dev0', ...model },
      { semantic_model: [model] },
    ]) {
      const entries = await read(JSON.stringify(value), 'model.json');
      expect(ready(entries).map(({ key }) => key)).toEqual(['sales', 'm']);
      expect(documentsOf(entries, 'metrics')).toMatchObject([{ data: { sources: [{ object: 's.o' }] } }]);
    }
  });

  it('gives metrics of one name in several models different keys', async () => {
    const model = (name: string) => ({ name, datasets: [], metrics: [{ name: 'Total', expression: 'sum(x)' }] });
    const entries = await read(
      JSON.stringify({ version: '0.1.1', semantic_model: [model('a'), model('b')] }),
      'a.json',
    );
    expect(ready(entries).map(({ key }) => key)).toEqual(['a', 'b', 'a.Total', 'b.Total']);
    const { first, second } = await roundTrip(entries);
    expect(second).toEqual(first);
  });

  it('keeps the members of the file around several models, and members of later drafts', async () => {
    const model = (name: string) => ({ name, datasets: [{ name: 'd', source: 't' }] });
    const shared = { ai_context: { instructions: 'The fiscal year starts in July.' }, dialects: ['ANSI_SQL'] };
    const several = { version: '0.2.0.dev0', ...shared, semantic_model: [model('finance'), model('telemetry')] };
    const entries = await read(JSON.stringify(several), 'several.json');
    expect(documentsOf(entries, 'domains').map((one) => ossieOf(one)['document'])).toEqual([shared, shared]);
    const trip = await roundTrip(entries);
    expect(trip.second).toEqual(trip.first);
    const behavior = { namespace: 'P2P', actions: [{ id: 'block' }] };
    const flat = await roundTrip(
      await read(JSON.stringify({ version: '0.2.0.dev0', ...model('p2p'), behavior }), 'flat.json'),
    );
    expect(flat.second).toEqual(flat.first);
    expect(parse(flat.text)).toMatchObject({ semantic_model: [{ name: 'p2p', behavior }] });
  });

  it.each([
    ['an ontology', { version: '0.2.0.dev0', name: 'x', ontology: [] }, 'an Ossie ontology; only semantic models'],
    ['a mapping', { ontology_ref: {}, concept_mappings: [] }, 'an Ossie ontology mapping; only semantic models'],
    ['a behavior layer', { version: '0.1', behavior: {} }, 'an Ossie behavior layer; only semantic models'],
  ])('says what %s is', async (_, value, detail) => {
    expect(await read(JSON.stringify(value), 'other.json')).toEqual([
      expect.objectContaining({
        kind: 'refused',
        code: 'unsupported_document',
        detail: expect.stringContaining(detail) as string,
      }),
    ]);
  });

  it.each([
    ['a model without a name', { semantic_model: [{ datasets: [] }] }, '/semantic_model/0/name', 'missing_key'],
    [
      'a metric without a name',
      { semantic_model: [{ name: 'a', metrics: [{}] }] },
      '/semantic_model/0/metrics/0/name',
      'missing_key',
    ],
    [
      'a metric that is a text',
      { semantic_model: [{ name: 'a', metrics: ['x'] }] },
      '/semantic_model/0/metrics/0',
      'not_an_object',
    ],
  ])('refuses %s', async (_, value, pointer, code) => {
    const entries = await read(JSON.stringify({ version: '0.1.1', ...value }), 'bad.json');
    expect(entries.filter(({ kind }) => kind === 'refused')).toMatchObject([{ pointer, code }]);
  });

  it('keeps a model that is larger than extra, and reports what is larger even when compressed', async () => {
    const fields = (count: number, text: (index: number) => string) =>
      Array.from({ length: count }, (_, index) => ({ name: `field_${index}`, description: text(index) }));
    const model = (list: unknown[]) => ({
      version: '0.1.1',
      semantic_model: [{ name: 'wide', datasets: [{ name: 'd', source: 't', fields: list }] }],
    });
    const plain = model(fields(1000, (index) => `The description of field ${index}.`));
    const entries = await read(JSON.stringify(plain), 'wide.json');
    const [domain = {}] = documentsOf(entries, 'domains');
    expect(JSON.stringify(domain).length).toBeLessThan(32_000);
    expect(ossieOf(domain)['datasets']).toEqual(plain.semantic_model[0]?.datasets);
    const { first, second } = await roundTrip(entries);
    expect(second).toEqual(first);
    let seed = 1;
    const noise = () =>
      Array.from({ length: 40 }, () => ((seed = (seed * 48271) % 2147483647) % 36).toString(36)).join('');
    const hostile = await read(JSON.stringify(model(fields(2000, noise))), 'hostile.json');
    expect(losses(hostile).map(({ name }) => name)).toContain('datasets.fields');
    expect(ossieOf(documentsOf(hostile, 'domains')[0] ?? {})['datasets']).toEqual([{ name: 'd', source: 't' }]);
  });

  it('writes what Ossie has no member for into an extension, and names what it cannot express', async () => {
    const domain = { domain_id: 'revenue', name: 'Recurring revenue', parent: 'finance', tags: ['a'] };
    const metrics = [
      {
        metric_id: 'mrr',
        name: 'MRR',
        status: 'active',
        unit: 'USD',
        business_domain: 'revenue',
        formula: { expression: 'sum(x)' },
      },
      {
        metric_id: 'text',
        name: 'Text',
        business_domain: 'revenue',
        formula: { expression: 'Count them', language: 'text' },
      },
      { metric_id: 'none', name: 'None', data: { sources: [{ object: 'a.b' }, { object: 'c.b' }] } },
      {
        metric_id: 'lost',
        name: 'Lost',
        business_domain: 'unknown',
        formula: { dialects: [{ dialect: 'clickhouse', expression: 'x' }] },
      },
      { metric_id: 'gone', name: 'Gone', deleted_at: '2026-01-01T00:00:00.000Z' },
    ];
    const { text, lost } = await write([domain], metrics);
    expect(lost.sort()).toEqual([
      'datasets revenue',
      'datasets unknown',
      'deleted_at gone',
      'expression lost',
      'expression none',
      'formula.dialects lost',
      'formula.language text',
    ]);
    expect(text).toContain('expression: sum(x)');
    expect(text).toContain('{"set":{"/status":"active","/name":"MRR","/unit":"USD"');
    const entries = await read(text);
    expect(losses(entries)).toEqual([]);
    expect(documentsOf(entries, 'domains')).toEqual([domain]);
    const expected = metrics.slice(0, 4).sort((a, b) => (a.metric_id < b.metric_id ? -1 : 1));
    expect(
      documentsOf(entries, 'metrics').sort((a, b) => (String(a['metric_id']) < String(b['metric_id']) ? -1 : 1)),
    ).toEqual(expected);
  });

  it('writes any text so that YAML readers find it again', async () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }),
      fc.stringMatching(/^[\n\t :#'"|>-]{1,40}x$/),
      fc.constantFrom('yes', 'No', '1_000', '12:30:00', '~', '=', '2026-01-01'),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (value) => {
        const description = value.isWellFormed() ? value : 'x';
        const { text } = await write(
          [{ domain_id: 'd', name: 'd', description }],
          [{ metric_id: 'm', name: 'm', business_domain: 'd', description }],
        );
        const { semantic_model: models } = parse(text) as { semantic_model: { metrics: { description: string }[] }[] };
        const set = description.trim() === '' ? undefined : description;
        expect([models[0], models[0]?.metrics[0]]).toMatchObject(
          [{ description }, { description }].map((one) => (set === undefined ? {} : one)),
        );
      }),
    );
  });

  it('of no documents is a valid file', async () => {
    expect(parse((await write([], [])).text)).toEqual({ version: '0.2.0.dev0', semantic_model: [] });
  });

  describeWithCatalogues('published models', () => {
    const FILES = ['ossie/tpcds_semantic_model.yaml', 'ossie/sales.ossie.yaml'].map(published);
    const schema = () =>
      new Ajv2020({ strict: false }).compile(
        JSON.parse(readFileSync(published('ossie/osi-schema.json'), 'utf8')) as object,
      );

    it('are read completely', async () => {
      const entries = await readFiles(...FILES);
      expect(entries.filter(({ kind }) => kind === 'refused')).toEqual([]);
      expect(documentsOf(entries, 'metrics')).toHaveLength(6);
      const models = documentsOf(entries, 'domains').map((one) => ossieOf(one));
      expect(
        models.map(({ datasets, relationships }) =>
          [datasets, relationships].map((list) => (list as unknown[]).length),
        ),
      ).toEqual([
        [5, 4],
        [2, 1],
      ]);
      expect(documentsOf(entries, 'metrics').find(({ metric_id }) => metric_id === 'store_productivity')).toMatchObject(
        {
          business_domain: 'tpcds_retail_model',
          synonyms: ['sales per employee', 'employee productivity', 'revenue per employee'],
          data: { sources: [{ object: 'tpcds.public.store_sales' }, { object: 'tpcds.public.store' }] },
          extra: { ossie: { datatype: 'Decimal' } },
        },
      );
    });

    it('come out as they went in, valid by the schema of Ossie', async () => {
      const { text, first, second } = await roundTrip(await readFiles(...FILES));
      expect(second).toEqual(first);
      const written = parse(text) as { semantic_model: unknown[] };
      const validate = schema();
      expect([validate(written), validate.errors]).toEqual([true, null]);
      const given = FILES.flatMap(
        (file) => (parse(readFileSync(file, 'utf8')) as { semantic_model: unknown[] }).semantic_model,
      );
      const byName = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
      expect(written.semantic_model.sort(byName)).toEqual(given.sort(byName));
    });

    it('the catalogue of this repository is valid by the schema too', async () => {
      const entries = await readFiles(
        ...['domains', 'metrics'].map((name) => join(__dirname, `../../../catalog/${name}.ndjson`)),
      );
      const { text, first, second } = await roundTrip(entries);
      const validate = schema();
      expect([validate(parse(text)), validate.errors]).toEqual([true, null]);
      expect(second).toEqual(first);
    });
  });
});
