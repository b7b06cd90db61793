import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeDbt } from '../../src/exchange/dbt/write-dbt';
import { runImport } from '../../src/exchange/import/run-import';
import { TestApp } from '../support/app';
import { describeWithCatalogues, published } from '../support/catalogues';
import { exportAll } from '../support/export';
import { filesIn } from '../support/files-in';

const SETS: [string, number, string[]][] = [
  ['metricflow/sample_dbt_models', 13, []],
  ['metricflow/derived_metrics_manifest', 6, []],
  ['metricflow/extended_date_manifest', 7, []],
  ['dbt-1.12/shop.yml', 7, ['metrics/visits']],
];

describeWithCatalogues('import of dbt projects', () => {
  let app: TestApp;
  let folder: string;

  beforeEach(async () => {
    app = await TestApp.start();
    folder = mkdtempSync(join(tmpdir(), 'mdl-dbt-'));
  });

  afterEach(async () => {
    await app.stop();
    rmSync(folder, { recursive: true });
  });

  const stored = async () => (await exportAll(app)).find(({ resource }) => resource === 'metrics');

  test.each(SETS)('%s: stores all metrics, and its export changes none of them', async (name, count, dangling) => {
    const files = filesIn(published(name));
    const report = await runImport(app.app, files);
    expect(report.totals()).toEqual({ created: count, updated: 0, unchanged: 0, refused: 0 });
    expect(report.dangling.items.map(({ to }) => to)).toEqual(dangling);
    expect((await runImport(app.app, files)).totals()).toMatchObject({ updated: 0, unchanged: count });

    const before = await stored();
    const documents = (async function* () {
      for (const document of before?.documents ?? []) yield await Promise.resolve(document);
    })();
    let text = '';
    for await (const chunk of writeDbt(documents, () => undefined)) text += chunk;
    const path = join(folder, 'export.yml');
    writeFileSync(path, text);
    expect((await runImport(app.app, [path])).totals()).toEqual({
      created: 0,
      updated: 0,
      unchanged: count,
      refused: 0,
    });
    expect(await stored()).toEqual(before);
  });
});
