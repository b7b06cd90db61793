import type pg from 'pg';
import type { Figures } from '../consistency/figures.ts';
import type { RecordedWrite, WriteLedger } from './write-ledger.ts';

/** How often each mark is stored, by mark. */
type Stored = ReadonlyMap<string, number>;

/**
 * Compares the database with the ledger. An acknowledged write is stored exactly once, in the documents and in the
 * revisions; one of unknown outcome at most once and completely; a refused one never.
 */
export async function compare(database: pg.Client, ledger: WriteLedger, figures: Figures): Promise<void> {
  // One state of the database: a write whose client is gone may still be in progress.
  await database.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const revisions = await countMarks(database, 'revisions');
  const documents = await countMarks(database, 'metrics');
  for (const write of ledger.writes) {
    compareWrite(write, revisions, 'revisions', figures);
    if (write.creates) compareWrite(write, documents, 'documents', figures);
  }
  await compareCounters(database, ledger, figures);
}

async function countMarks(database: pg.Client, table: 'revisions' | 'metrics'): Promise<Stored> {
  const { rows } = await database.query<{ mark: string; count: number }>(
    `SELECT data #>> '{extra,mark}' AS mark, count(*)::int AS count FROM ${table} GROUP BY 1`,
  );
  return new Map(rows.map(({ mark, count }) => [mark, count]));
}

function compareWrite({ kind, marks, outcome }: RecordedWrite, stored: Stored, where: string, figures: Figures): void {
  const counts = marks.map((mark) => stored.get(mark) ?? 0);
  const what = `${outcome} ${kind} (${marks[0] ?? ''})`;
  const missing = counts.filter((count) => count === 0).length;
  if (counts.some((count) => count > 1)) figures.violate('doubled', `${what} is stored twice in the ${where}`);
  if (outcome === 'acknowledged' && missing > 0) figures.violate('lost', `${what} is missing in the ${where}`);
  if (outcome === 'unknown' && missing > 0 && missing < counts.length)
    figures.violate('lost', `${what} is stored in part in the ${where}`);
  if (outcome === 'refused' && missing < counts.length) figures.violate('phantom', `${what} is stored in the ${where}`);
}

/** Each revision of a counter is one higher than the one before, and the document is the last revision. */
async function compareCounters(database: pg.Client, ledger: WriteLedger, figures: Figures): Promise<void> {
  for (const { key, known } of ledger.counters) {
    const { rows } = await database.query<{ value: number }>(
      `SELECT (data #>> '{extra,counter}')::int AS value FROM revisions WHERE resource = 'metrics' AND key = $1 ORDER BY version`,
      [key],
    );
    const wrong = rows.findIndex(({ value }, index) => value !== index);
    if (wrong >= 0) figures.violate('lost', `${key}: revision ${wrong + 1} has the value ${rows[wrong]?.value}`);
    const last = rows.length - 1;
    if (last < known) figures.violate('lost', `${key} has ${last} increments, and ${known} was received`);
    const document = await database.query<{ value: number; version: number }>(
      `SELECT (data #>> '{extra,counter}')::int AS value, version FROM metrics WHERE key = $1`,
      [key],
    );
    const { value, version } = document.rows[0] ?? {};
    if (value !== last || version !== last + 1)
      figures.violate('lost', `${key} is ${value} in version ${version}, and ${last} by its revisions`);
  }
}
