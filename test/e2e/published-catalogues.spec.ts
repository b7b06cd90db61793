import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importArguments } from '../../src/commands/import-arguments';
import { runImport } from '../../src/exchange/import/run-import';
import { TestApp } from '../support/app';
import { describeWithCatalogues, published } from '../support/catalogues';

const RESOURCES = ['domains', 'metrics', 'objectives'] as const;
const FORMATS = ['mdl', 'csv', 'dbt', 'ossie'];

/** What a set of the public catalogues has, as its README says. */
interface Catalogue {
  paths: string[];
  /** Domains, metrics and objectives. */
  counts: [number, number, number];
  /** References from metrics to metrics. */
  edges?: number;
  /** The distinct missing documents. */
  dangling?: string[];
}

const mdlMetrics = [
  'NEW-BOOKINGS',
  'CHURN-RATE',
  'REVENUE-GROWTH-RATE',
  'NPS',
  'SUPPORT-TICKET-VOLUME',
  'NET-REVENUE-RETENTION',
  'LEAD-TIME-FOR-CHANGES',
  'CHANGE-FAILURE-RATE',
  'CAC-LTV-RATIO',
  'TRIAL-ACTIVATION-RATE',
  'USER-SATISFACTION',
  'SESSION_SUCCESS_RATE',
].map((name) => `metrics/METRIC-${name}`);
const mdl = (...names: string[]) => names.map((name) => `mdl/examples/sample-${name}.json`);

const CATALOGUES: Record<string, Catalogue> = {
  'mdl: metrics and domains': {
    paths: mdl('domains', 'metrics'),
    counts: [6, 12, 1],
    dangling: [...mdlMetrics, 'metrics/METRIC-NPS-MOBILE'],
  },
  'mdl: the folder': { paths: ['mdl'], counts: [6, 12, 4], dangling: mdlMetrics },
  opentelemetry: { paths: ['opentelemetry'], counts: [29, 503, 0], dangling: [] },
  'metricflow/sample_dbt_models': { paths: ['metricflow/sample_dbt_models'], counts: [0, 13, 0], edges: 5 },
  'metricflow/derived_metrics_manifest': {
    paths: ['metricflow/derived_metrics_manifest'],
    counts: [0, 6, 0],
    edges: 7,
  },
  'metricflow/extended_date_manifest': { paths: ['metricflow/extended_date_manifest'], counts: [0, 7, 0], edges: 3 },
  'metricflow: the folder': { paths: ['metricflow'], counts: [0, 25, 0] },
  'dbt-1.12': { paths: ['dbt-1.12'], counts: [0, 7, 0], edges: 6, dangling: ['metrics/visits'] },
  // With the JSON Schema of the format, which is skipped.
  'ossie: the folder': { paths: ['ossie'], counts: [2, 6, 0] },
  'all folders': { paths: [''], counts: [37, 553, 4], dangling: [...mdlMetrics, 'metrics/visits'] },
};

describeWithCatalogues('published catalogues', () => {
  let app: TestApp;
  let folder: string;
  beforeEach(async () => {
    app = await TestApp.start();
    folder = mkdtempSync(join(tmpdir(), 'mdl-published-'));
  });
  afterEach(async () => {
    await app.stop();
    rmSync(folder, { recursive: true });
  });

  /** Imports files and folders as the command line does. */
  const load = (into: TestApp, paths: string[]) => {
    const given = importArguments(paths);
    return runImport(into.app, given.paths, given.options);
  };
  const stored = (from: TestApp, resource: string) =>
    from.sql<{ data: { depends_on?: string[] } }>(
      `SELECT key, status, data, unresolved_refs FROM ${resource} ORDER BY key`,
    );

  test.each(Object.entries(CATALOGUES))(
    '%s: complete, unchanged by a repetition, and a fixed point of every format',
    async (_, { paths, counts, edges, dangling = [] }) => {
      const files = paths.map(published);
      const report = await load(app, files);
      expect(report.refusals.items).toEqual([]);
      const before = await Promise.all(RESOURCES.map((resource) => stored(app, resource)));
      expect(before.map(({ length }) => length)).toEqual(counts);
      expect(new Set(report.dangling.items.map(({ to }) => to))).toEqual(new Set(dangling));
      if (edges !== undefined) expect(before[1]?.flatMap(({ data }) => data.depends_on ?? [])).toHaveLength(edges);
      expect((await load(app, files)).totals()).toMatchObject({ created: 0, updated: 0, refused: 0 });

      for (const format of FORMATS) {
        const second = await TestApp.start();
        try {
          const exports: string[] = [];
          for (const resource of RESOURCES) {
            // Ossie has the domains in its models. What a format cannot say at all is in the own form.
            if (format === 'ossie' && resource === 'domains') continue;
            const used = resource === 'metrics' || format === 'csv' ? format : 'mdl';
            const { text } = await app.get(`/api/v1/${resource}/export?format=${used}`);
            const path = join(folder, `${resource}.${format}`);
            writeFileSync(path, text);
            if (before[RESOURCES.indexOf(resource)]?.length) exports.push(path);
          }
          expect([format, (await load(second, exports)).refusals.items]).toEqual([format, []]);
          const after = await Promise.all(RESOURCES.map((resource) => stored(second, resource)));
          expect([format, after]).toEqual([format, before]);
        } finally {
          await second.stop();
        }
      }
    },
  );
});
