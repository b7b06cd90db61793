import type { Cursors } from './cursor';
import { envelope, type Envelope } from './envelope';
import type { Paging } from './paging';

/** A row as JSON text, with the number that rows are in order of. */
export interface NumberedRow {
  json: string;
  number: number | string;
}

/** Which rows are asked for: those on one side of a number, the nearest first, all without it. */
export interface Stretch {
  from: string | null;
  comparison: '<' | '>';
  order: 'ASC' | 'DESC';
  /** One more than the page shows, to know whether there are more. */
  limit: number;
}

/**
 * A page of a history: rows that are only ever added, by falling number, walked by cursor.
 *
 * @param scope tells this history, with its filters, from all others: cursors are bound to it
 * @param url the path and query asked for
 * @throws Problem 400 `invalid_cursor`, `cursor_mismatch`
 */
export async function newestFirst(
  cursors: Cursors,
  scope: string,
  paging: Paging,
  url: string,
  ask: (stretch: Stretch) => Promise<NumberedRow[]>,
): Promise<Envelope> {
  const token = paging.mode === 'cursor' ? paging.token : '';
  const position = token === '' ? undefined : cursors.decode(token, scope);
  const backwards = position?.direction === 'prev';
  const rows = await ask({
    from: position?.values[0] ?? null,
    comparison: backwards ? '>' : '<',
    order: backwards ? 'ASC' : 'DESC',
    limit: paging.limit + 1,
  });
  const more = rows.length > paging.limit;
  const shown = rows.slice(0, paging.limit);
  if (backwards) shown.reverse();
  const cursor = (direction: 'next' | 'prev', row: NumberedRow | undefined) =>
    row ? cursors.encode({ direction, values: [String(row.number)] }, scope) : null;
  return envelope(
    {
      rows: shown.map(({ json }) => json),
      total: undefined,
      hasNext: backwards || more,
      hasPrev: backwards ? more : position !== undefined,
      nextCursor: cursor('next', shown.at(-1)),
      prevCursor: cursor('prev', shown[0]),
    },
    paging,
    url,
  );
}
