import { existsSync, readFileSync } from 'node:fs';
import { TestApp } from '../support/app';
import { describeWithCatalogues, published } from '../support/catalogues';

const METRICS = '/api/v1/metrics';

/** A query with the keys of the documents that it should find. */
interface Expectation {
  q: string;
  keys: string[];
  /** The catalogue that has the document, if it is not one of this repository. */
  set?: 'opentelemetry';
}

const read = <Line>(path: string): Line[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

const withoutCatalogues = !existsSync(published('opentelemetry/metrics.ndjson'));

/** The catalogues in one database, and what their names and keys find. */
function itFinds(files: string[], hasSet: (set: string | undefined) => boolean) {
  let t: TestApp;
  let metrics: { metric_id: string; name: string; short_name?: string }[];

  beforeAll(async () => {
    t = await TestApp.start();
    metrics = files.flatMap((file) => read<(typeof metrics)[number]>(file));
    for (let start = 0; start < metrics.length; start += 500) {
      const items = metrics.slice(start, start + 500);
      expect((await t.post(`${METRICS}/bulk?refs=lenient`, { items })).status).toBe(200);
    }
  });
  afterAll(() => t.stop());

  const found = async (q: string) => {
    const { body } = await t.get(`${METRICS}?${new URLSearchParams({ q, limit: '5' }).toString()}`);
    return body.data as { metric_id: string; name: string; short_name?: string; match?: string }[];
  };

  it.each(['golden', 'blind'])('the right document for the queries of the %s set', async (name) => {
    const queries = read<Expectation>(`test/search/${name}.ndjson`).filter(({ set }) => hasSet(set));
    const places: number[] = [];
    for (const { q, keys } of queries)
      places.push((await found(q)).findIndex(({ metric_id }) => keys.includes(metric_id)));
    const share = (count: number) => count / queries.length;
    const missed = queries.filter((_, at) => places[at] !== 0).map(({ q }) => q);
    const figures = {
      first: share(places.filter((at) => at === 0).length),
      five: share(places.filter((at) => at >= 0).length),
    };
    console.log(`${name}: ${queries.length} queries, ${JSON.stringify(figures)}, not first: ${missed.join(' | ')}`);
    expect(figures.first).toBeGreaterThanOrEqual(0.8);
    expect(figures.five).toBeGreaterThanOrEqual(0.95);
  });

  it('each document by its name, short name and key', async () => {
    const texts = metrics.flatMap(({ metric_id, name, short_name }) => [
      metric_id,
      name,
      ...(short_name ? [short_name] : []),
    ]);
    const missed: string[] = [];
    for (const q of texts) {
      const [first] = await found(q);
      if (![first?.metric_id, first?.name, first?.short_name].some((text) => text?.toLowerCase() === q.toLowerCase()))
        missed.push(q);
    }
    expect(missed.length / texts.length).toBeLessThanOrEqual(0.01);
  }, 120_000);
}

describe('search in the catalogue of this repository', () => {
  itFinds(['catalog/metrics.ndjson', 'test/search/documents.ndjson'], (set) => set === undefined);
});

describeWithCatalogues('search in all catalogues', () => {
  if (withoutCatalogues) return;
  itFinds(
    ['catalog/metrics.ndjson', 'test/search/documents.ndjson', published('opentelemetry/metrics.ndjson')],
    () => true,
  );
});
