import fc from 'fast-check';
import { followLinks, keysOf, linkOf } from '../support/responses';
import { type TestResponse, TestApp } from '../support/app';
import { times } from '../support/concurrently';

const metrics = '/api/v1/metrics';
let t: TestApp;

beforeAll(async () => {
  t = await TestApp.start();
});
afterAll(() => t.stop());

function query(parameters: Record<string, string | number>): string {
  const texts = Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]);
  return `${metrics}?${new URLSearchParams(texts).toString()}`;
}

describe('cursor pagination during concurrent writes', () => {
  const SORTABLE = [
    'metric_id',
    'name',
    'category',
    'tier',
    'owner',
    'business_domain',
    'created_at',
    'updated_at',
  ] as const;
  const row = fc.record({
    name: fc.constantFrom('a', 'B', 'b', 'c'),
    category: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
    tier: fc.option(fc.constantFrom('tier-1', 'tier-2'), { nil: undefined }),
    owner: fc.option(fc.constantFrom('O', 'Ö', '"\\\''), { nil: undefined }),
    tick: fc.integer({ min: 0, max: 3 }),
  });
  const plan = fc.record({
    rows: fc.array(row, { minLength: 1, maxLength: 18 }),
    sort: fc.uniqueArray(fc.constantFrom(...SORTABLE), { minLength: 1, maxLength: 3 }),
    descending: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
    limit: fc.integer({ min: 1, max: 7 }),
    writes: fc.array(fc.record({ kind: fc.constantFrom('insert', 'update', 'delete'), value: row, pick: fc.nat(17) }), {
      maxLength: 6,
    }),
    back: fc.boolean(),
  });
  type Row = typeof row extends fc.Arbitrary<infer Value> ? Value : never;
  let run = 0;

  /** Inserts a row with a given timestamp, so that many are equal and some differ by a millisecond. */
  const insert = (tag: string, key: string, { tick, ...value }: Row) =>
    t.sql(`INSERT INTO metrics (key, data, created_at, updated_at) VALUES ($1, $2, $3, $3)`, [
      key,
      JSON.stringify({ ...value, tags: [tag] }),
      `2026-01-01T00:00:00.00${tick}Z`,
    ]);

  it('neither loses nor repeats an unchanged row', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async ({ rows, sort, descending, limit, writes, back }) => {
        const tag = `walk-${run++}`;
        const keys = rows.map((_, at) => `${tag}.${at}`);
        for (const [at, value] of rows.entries()) await insert(tag, keys[at] ?? '', value);
        const terms = sort.map((field, at) => `${descending[at] ? '-' : ''}${field}`).join(',');
        const parameters = { tags: tag, sort: terms, limit };
        const order = (await t.get(query({ ...parameters, limit: 100 }))).body.data.map(
          ({ metric_id }: { metric_id: string }) => metric_id,
        ) as string[];

        const touched = new Set<string>();
        const pending = [...writes];
        const seen: string[] = [];
        let url = query({ ...parameters, cursor: '' });
        if (back && order.length > 0) {
          // Go to the end first, then backwards.
          const end = await followLinks(t, url, 'next');
          seen.push(...keysOf(end.at(-1) as TestResponse).toReversed());
          url = linkOf(end.at(-1) as TestResponse, 'prev') ?? '';
        }
        while (url !== '') {
          const response: TestResponse = await t.get(url);
          const page = keysOf(response);
          seen.push(...(back ? page.toReversed() : page));
          url = linkOf(response, back ? 'prev' : 'next') ?? '';
          const write = pending.shift();
          if (!write) continue;
          const target = keys[write.pick % keys.length] ?? '';
          // Only rows outside the page change.
          if (write.kind === 'insert') await insert(tag, `${tag}.new${pending.length}`, write.value);
          else if (!page.includes(target)) {
            touched.add(target);
            if (write.kind === 'delete') await t.sql(`UPDATE metrics SET deleted_at = now() WHERE key = $1`, [target]);
            else
              await t.sql(`UPDATE metrics SET data = data || $2, updated_at = now() WHERE key = $1`, [
                target,
                JSON.stringify({ name: write.value.name, tier: 'tier-3' }),
              ]);
          }
        }
        const untouched = (list: string[]) => list.filter((key) => keys.includes(key) && !touched.has(key));
        expect(untouched(seen)).toEqual(untouched(back ? order.toReversed() : order));
        await t.sql(`DELETE FROM metrics WHERE key LIKE $1`, [`${tag}.%`]);
      }),
      { seed: 20_261_121, numRuns: 120 },
    );
  });

  it('distinguishes rows whose timestamps differ by a microsecond', async () => {
    await t.sql(`ALTER TABLE metrics ALTER COLUMN updated_at TYPE timestamptz(6)`);
    const keys = times(9, (at) => `micro-${at}`);
    for (const [at, key] of keys.entries())
      await t.sql(`INSERT INTO metrics (key, data, updated_at) VALUES ($1, '{"name": "n", "tags": ["micro"]}', $2)`, [
        key,
        `2026-01-01T00:00:00.00000${Math.floor(at / 2)}Z`,
      ]);
    for (const sort of ['updated_at', '-updated_at']) {
      const responses = await followLinks(t, query({ tags: 'micro', sort, cursor: '', limit: 2 }), 'next');
      expect(responses.flatMap(keysOf)).toEqual(sort === 'updated_at' ? keys : keys.toReversed());
    }
  });
});
