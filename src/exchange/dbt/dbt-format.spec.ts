import { dbtOf, readDbt, readManifest } from '../../../test/support/dbt';
import { formatOf } from '../files/catalogue-format';
import { parseYaml } from '../files/yaml-text';
import { FORMATS } from '../formats';

const DBT = FORMATS.filter(({ name }) => name.startsWith('dbt'));
const detect = (text: string) => formatOf(DBT, parseYaml(text)[0]?.value)?.name;

describe('detection of dbt files', () => {
  it.each([
    'metrics: [{ name: a, type: simple }]',
    'semantic_models: [{ name: a }]',
    'metric: { name: a }',
    'semantic_model: { name: a, measures: [] }',
    'models: [{ name: a }]',
    'version: 2\nmetrics:',
    'version: 2\nsources: [{ name: a }]',
    'seeds: [{ name: a }]\nsnapshots: [{ name: b }]\nmacros: [{ name: c }]',
    'groups: [{ name: a, owner: { name: b } }]',
    'saved_query: { name: a }',
    'project_configuration: { time_spines: [] }',
    'name: shop\nversion: "1.0"\nprofile: shop\nmodels: { shop: { +materialized: table } }',
    'packages: [{ package: dbt-labs/dbt_utils, version: 1.0.0 }]',
    'projects: [{ name: other }]',
    'selectors: [{ name: a, definition: {} }]',
    'shop: { target: dev, outputs: { dev: { type: duckdb } } }',
    '../shared/project_configuration.yaml',
    'vars: { a: 1 }',
    'version: 1\ncontext: { active-project: a }\nprojects: [{ project-name: a }]',
    '---\n',
  ])('finds %s', (text) => {
    expect(detect(text)).toBe('dbt');
  });

  it.each([
    'metrics: [{ metric_id: a, name: A }]',
    'metrics: [{ name: A }]',
    'metrics: [{ id: a }]\ndomains: [{ id: b }]',
    'metric_id: a\nname: A\ntests: [{ name: b }]',
    'items: [{ metric_id: a }]',
    'version: 0.1.1\nsemantic_model: [{ name: a, datasets: [] }]',
    'name: CI\non: push\njobs: {}',
    'a text',
  ])('leaves %s alone', (text) => {
    expect(detect(text)).toBeUndefined();
  });
});

describe('dbt project', () => {
  it('notes files and sections without metrics, and refuses none of them', () => {
    const { entries, notes } = readDbt(
      'version: 2\nmetrics:',
      'models: [{ name: a, columns: [] }, { name: b }]',
      'sources: [{ name: a }]\nmacros: [{ name: m }, { name: n }]\nunit_tests: [{ name: u }]',
      'name: shop\nprofile: p\nmodel-paths: [models]\nseeds: { shop: {} }',
      'packages: [{ git: "https://example.com/x.git" }]',
      '../shared/project_configuration.yaml',
    );
    expect(entries.every(({ kind }) => kind === 'note')).toBe(true);
    expect(notes).toEqual([
      '2 models without metrics are not imported.',
      'These sections have no metrics and are not imported: macros (2), sources (1), unit_tests (1).',
      'These sections have no metrics and are not imported: seeds (1).',
      'Settings of the project are not imported: name, profile, model-paths.',
      'Settings of the project are not imported: packages.',
      'The document is a link to another file. Nothing is imported from it.',
    ]);
  });

  it('reports saved queries, unused semantic models and documentation blocks', () => {
    const { losses, notes } = readDbt(`
saved_queries: [{ name: q }, { name: r }]
semantic_models: [{ name: s, model: ref('s') }]
metrics: [{ name: a, type: derived, expr: b, description: "{{ doc('a') }}" }]`);
    expect(losses).toEqual({ saved_queries: 2, semantic_models: 1 });
    expect(notes).toEqual([expect.stringContaining('documentation block')]);
  });

  it('gives entries the file, line and pointer of the metric', () => {
    const { entries } = readDbt('metrics:\n\n  - { name: a, type: derived, expr: b }\n  - 5\n');
    expect(entries).toMatchObject([
      { kind: 'refused', code: 'not_an_object', path: '1.yml', line: 4, pointer: '/metrics/1' },
      { kind: 'ready', path: '1.yml', line: 3, pointer: '/metrics/0' },
    ]);
  });

  it('refuses names that cannot be keys', () => {
    const names = ['""', 'a b', 'é', `a${'b'.repeat(128)}`, 'stats', '[x]'];
    const { refusals, documents } = readDbt(
      `metrics:\n${names.map((name) => `  - { name: ${name}, type: derived, expr: c }\n`).join('')}  - { name: ok }\n`,
    );
    expect(Object.keys(documents)).toEqual(['ok']);
    expect(refusals.sort()).toEqual([...Array<string>(4).fill('invalid_key'), 'missing_key', 'missing_key']);
  });

  it('reports inputs that cannot be keys, and a metric that is computed from itself', () => {
    const { documents, losses } = readDbt(
      'metrics: [{ name: a, type: derived, expr: b, input_metrics: [a, "b c", d] }]',
    );
    expect(documents['a']).toMatchObject({ depends_on: ['d'] });
    expect(losses).toEqual({ depends_on: 2 });
  });

  it('keeps what is too long or invalid in extra, and reports it', () => {
    const tags = Array.from({ length: 60 }, (_, index) => `t${index}`);
    const { documents, losses } = readDbt(
      JSON.stringify({
        metrics: [
          {
            name: 'a',
            label: 'x'.repeat(501),
            description: 'd'.repeat(10_001),
            type: 'simple',
            expr: 'b',
            tags,
            config: { meta: { unit: 'u'.repeat(121), owner: 'o'.repeat(501), synonyms: ['s'.repeat(1001), 't'] } },
          },
        ],
      }),
    );
    expect(documents['a']).toMatchObject({ name: 'a', synonyms: ['t'], tags: tags.slice(0, 50) });
    expect(documents['a']).not.toHaveProperty('description');
    expect(dbtOf(documents['a'])).toMatchObject({
      rejected: {
        '/name': 'x'.repeat(501),
        '/description': 'd'.repeat(10_001),
        '/unit': 'u'.repeat(121),
        '/owner': 'o'.repeat(501),
        '/synonyms/0': 's'.repeat(1001),
        '/tags': tags.slice(50),
      },
    });
    expect(losses).toEqual({ name: 1, description: 1, unit: 1, owner: 1, synonyms: 1, tags: 1 });
  });

  it('leaves out the largest members of extra beyond 32 KiB', () => {
    const meta = { small: 1, large: 'x'.repeat(40_000) };
    const { documents, losses } = readDbt(
      JSON.stringify({ metrics: [{ name: 'a', type: 'derived', expr: 'b', note: 'n', config: { meta } }] }),
    );
    expect(dbtOf(documents['a'])).toEqual({ note: 'n' });
    expect(losses).toEqual({ meta: 1 });
  });

  it('keeps documents small enough to be stored', () => {
    const expr = '€'.repeat(20_000);
    const description = '€'.repeat(10_000);
    const { documents, losses } = readDbt(
      JSON.stringify({ metrics: [{ name: 'a', type: 'derived', expr, description }] }),
    );
    expect(Buffer.byteLength(JSON.stringify(documents['a']))).toBeLessThan(65_536);
    expect(losses).toEqual({ formula: 1 });
  });

  it('refuses hostile content of one metric and reads the others', () => {
    const deep = `${'['.repeat(40)}${']'.repeat(40)}`;
    const { documents, losses, refusals } = readDbt(`
metrics:
  - { name: a, type: derived, type: ratio }
  - { name: b, config: { meta: ${deep} } }
  - { name: c, config: { meta: { __proto__: { x: 1 } } } }
  - { name: d, description: "\\0" }
  - { name: e, expr: 1e400 }
  - { name: f, config: { meta: &loop { again: *loop } } }
  - { name: ok, type: derived, expr: x }
models:
  - name: m
    semantic_model: true
    columns: [{ name: x, data_tests: [{ unique: 1, unique: 2 }] }]
    metrics:
      - { name: g, agg: sum, agg: max }
      - { name: h, agg: sum, expr: "\\0" }
      - { name: also, agg: sum, expr: x }`);
    expect(Object.keys(documents).sort()).toEqual(['a', 'also', 'g', 'ok']);
    // As in dbt, the last member with a name counts.
    expect([documents['a'], documents['g']]).toMatchObject([{ kind: 'ratio' }, { formula: { expression: 'max(g)' } }]);
    expect(losses).toEqual({ duplicate_key: 3 });
    expect(refusals.sort()).toEqual([
      'forbidden_key', 'invalid_character', 'invalid_character', 'number_out_of_range', 'too_deep', 'too_deep',
    ]); // prettier-ignore
  });

  it('refuses metrics that contain themselves by an alias', () => {
    expect(readDbt('&all\nmetrics: [*all]').refusals).toEqual(['too_deep']);
    const { refusals } = readDbt(`
models:
  - name: m
    semantic_model: true
    columns: [{ name: x, x: 1, x: 2 }]
    meta: &meta { again: *meta }
    metrics: [&a { name: a, agg: sum, b: *a }]`);
    expect(refusals).toEqual(['too_deep']);
  });

  it('reports a section that is in a file twice', () => {
    const { documents, losses } = readDbt('metrics: [{ name: a, expr: x }]\nmetrics: [{ name: b, expr: x }]');
    expect(Object.keys(documents)).toEqual(['b']);
    expect(losses).toEqual({ duplicate_key: 1 });
  });

  it('does the same work for each metric, whatever the size of its semantic model', () => {
    const dimensions = Array.from({ length: 5000 }, (_, index) => ({ name: `d${index}`, type: 'categorical' }));
    const measures = [{ name: 'm', agg: 'sum', expr: 'x' }];
    let reads = 0;
    const counted = dimensions.map((dimension) => ({
      ...dimension,
      get description() {
        reads++;
        return 'text';
      },
    }));
    const metrics = Array.from({ length: 1000 }, (_, index) => ({
      name: `m${index}`,
      type: 'simple',
      type_params: { measure: 'm' },
    }));
    const value = { semantic_models: [{ name: 's', model: 's', dimensions: counted, measures }], metrics };
    const [format] = DBT;
    const parsed = { value, lineOf: () => 1, findViolation: () => undefined };
    const entries = [...(format?.read([{ path: '', parsed }]) ?? [])];
    expect(entries.filter(({ kind }) => kind === 'ready')).toHaveLength(1000);
    expect(entries.filter((entry) => entry.kind === 'loss').map(({ name }) => name)).toEqual(['dimensions']);
    // A constant number of passes over the dimensions, not one for each metric.
    expect(reads).toBeLessThan(10 * dimensions.length);
  });
});

describe('dbt manifest', () => {
  it('checks a metric with a long id by itself', () => {
    const id = `metric.shop.${'x'.repeat(110)}`;
    const metrics = { [id]: { name: 'a' }, b: { name: 'b', x: 1 } };
    const metadata = { dbt_schema_version: 'https://schemas.getdbt.com/dbt/manifest/v12.json' };
    expect(Object.keys(readManifest({ metadata, metrics }).documents)).toEqual(['a', 'b']);
  });
});
