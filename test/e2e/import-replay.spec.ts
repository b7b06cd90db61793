import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runImport } from '../../src/exchange/import/run-import';
import { TestApp } from '../support/app';

const REVISIONS = 120;
const METRICS = 60;
const CURATED = 20;

/** Members with one value, and sets. Both sides change them at random. */
const VALUES = [
  'description',
  'owner',
  'unit',
  'formula.expression',
  'formula.filter',
  'data.freshness',
  'extra.dbt.group',
];
const SETS = ['tags', 'synonyms'];

/** The Park–Miller generator: the same history in every run. */
function randomNumbers(seed: number) {
  let state = seed;
  const below = (limit: number) => (state = (state * 48_271) % 2_147_483_647) % limit;
  return { below, is: (percent: number) => below(100) < percent };
}

type Flat = Map<string, string | Set<string> | undefined>;

/**
 * What each member must be, computed by member and event instead of by documents: a value belongs to the library once
 * it was changed here, and otherwise to the source.
 */
class Oracle {
  readonly source: Flat = new Map();
  readonly local: Flat = new Map();
  conflicts = 0;

  /** The source has another document. */
  onSource(next: Flat): void {
    for (const member of VALUES) {
      const [before, mine, theirs] = [this.source.get(member), this.local.get(member), next.get(member)];
      if (theirs === before || theirs === mine) continue;
      if (mine === before) this.local.set(member, theirs);
      else this.conflicts++;
    }
    for (const member of SETS) {
      const [before, theirs] = [texts(this.source.get(member)), texts(next.get(member))];
      const mine = new Set(texts(this.local.get(member)));
      for (const text of before) if (!theirs.has(text)) mine.delete(text);
      for (const text of theirs) if (!before.has(text)) mine.add(text);
      this.local.set(member, mine);
    }
    for (const [member, value] of next) this.source.set(member, value);
  }
}

const texts = (value: string | Set<string> | undefined) => (value instanceof Set ? value : new Set<string>());

/** Builds a nested document from members. */
function documentOf(flat: Flat): Record<string, unknown> {
  const document: Record<string, unknown> = {};
  for (const [member, value] of flat) {
    if (value === undefined || (value instanceof Set && value.size === 0)) continue;
    const steps = member.split('.');
    const last = steps.pop() ?? '';
    let at = document;
    for (const step of steps) at = (at[step] ??= {}) as Record<string, unknown>;
    at[last] = value instanceof Set ? [...value] : value;
  }
  return document;
}

/** A JSON merge patch that sets members. */
function patchOf(flat: Flat): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const [member, value] of flat) {
    const steps = member.split('.');
    const last = steps.pop() ?? '';
    let at = patch;
    for (const step of steps) at = (at[step] ??= {}) as Record<string, unknown>;
    at[last] = value instanceof Set ? [...value] : (value ?? null);
  }
  return patch;
}

/** Sorts the sets of a document and drops empty values, which a patch can leave. */
function normalize(document: Record<string, unknown>): Record<string, unknown> {
  const members = Object.entries(document).flatMap(([name, value]) => {
    if (Array.isArray(value)) return value.length > 0 ? [[name, [...(value as string[])].sort()]] : [];
    if (typeof value !== 'object' || value === null) return [[name, value]];
    const inner = normalize(value as Record<string, unknown>);
    return Object.keys(inner).length > 0 ? [[name, inner]] : [];
  });
  return Object.fromEntries(members) as Record<string, unknown>;
}

test(`${REVISIONS} revisions of a source lose no value that is curated here, and all changes of the source arrive`, async () => {
  const { below, is } = randomNumbers(20_261_127);
  const app = await TestApp.start();
  const folder = mkdtempSync(join(tmpdir(), 'mdl-replay-'));
  const path = join(folder, 'metrics.ndjson');
  const key = (index: number) => `metric-${index}`;
  const source = Array.from({ length: METRICS }, (): Flat => new Map());
  const present = source.map(() => is(60));
  const oracles = source.map(() => new Oracle());
  const known = source.map(() => false);
  const totals = { conflicts: 0, created: 0, updated: 0, flagged: 0, curated: 0 };

  const edit = (flat: Flat, percent: number, author: string): Flat => {
    const edits: Flat = new Map();
    for (const member of VALUES)
      if (is(percent)) edits.set(member, is(15) ? undefined : is(10) ? 'the same' : `${author} ${below(1000)}`);
    for (const member of SETS) {
      if (!is(percent)) continue;
      const set = new Set(texts(flat.get(member)));
      const text = `${is(20) ? 'both' : author}-${below(12)}`;
      if (!set.delete(text)) set.add(text);
      edits.set(member, set);
    }
    return edits;
  };

  for (let revision = 0; revision < REVISIONS; revision++) {
    for (const [index, flat] of source.entries()) {
      if (is(4)) present[index] = !present[index];
      if (is(25)) for (const [member, value] of edit(flat, 20, 'source')) flat.set(member, value);
    }
    const lines = source.flatMap((flat, index) =>
      present[index] ? [JSON.stringify({ metric_id: key(index), name: key(index), ...documentOf(flat) })] : [],
    );
    writeFileSync(path, `${lines.join('\n')}\n`);
    const report = await runImport(app.app, [path], { source: 'replay', prune: 'flag' });
    expect(report.refusals.items).toEqual([]);
    let conflicts = 0;
    for (const [index, flat] of source.entries()) {
      const oracle = oracles[index];
      if (!oracle || !present[index]) continue;
      known[index] = true;
      oracle.conflicts = 0;
      oracle.onSource(flat);
      conflicts += oracle.conflicts;
    }
    expect(report.conflicts.count).toBe(conflicts);
    const rows = await app.sql<{
      key: string;
      data: { name: string; extra?: Record<string, unknown> };
      status: string;
    }>('SELECT key, data, status FROM metrics');
    expect(rows).toHaveLength(known.filter(Boolean).length);
    for (const { key: found, data, status } of rows) {
      const index = Number(found.slice('metric-'.length));
      const { removed_from_source: flag, ...extra } = data.extra ?? {};
      const { name: _, extra: __, ...members } = data;
      const actual = normalize({ ...members, extra });
      expect([found, actual, status]).toEqual([
        found,
        normalize(documentOf(oracles[index]?.local ?? (new Map() as Flat))),
        'draft',
      ]);
      expect([found, flag !== undefined]).toEqual([found, !present[index]]);
    }
    expect(report.removed.count).toBe(known.filter((isKnown, index) => isKnown && !present[index]).length);
    totals.conflicts += conflicts;
    totals.created += report.totals().created;
    totals.updated += report.totals().updated;
    totals.flagged += report.removed.items.filter(({ action }) => action === 'flagged').length;
    for (let index = 0; index < CURATED; index++) {
      const oracle = oracles[index];
      if (!oracle || !known[index] || !is(30)) continue;
      const edits = edit(oracle.local, 15, 'curator');
      if (edits.size === 0) continue;
      for (const [member, value] of edits) oracle.local.set(member, value);
      expect((await app.patch(`/api/v1/metrics/${key(index)}`, patchOf(edits))).status).toBe(200);
      totals.curated += edits.size;
    }
  }
  // The history had everything that the test is about.
  expect(Math.min(...Object.values(totals))).toBeGreaterThan(30);
  await app.stop();
  rmSync(folder, { recursive: true });
}, 300_000);
