import type { Cursors } from './cursor';
import { envelope, type Envelope } from './envelope';
import type { Paging } from './paging';

/** A row as JSON text, with the number by which rows are sorted. */
export interface NumberedRow {
  json: string;
  number: number | string;
}

/** A keyset query: the rows on one side of a number, the nearest first; without a number, all rows. */
export interface KeysetRange {
  from: string | null;
  comparison: '<' | '>';
  order: 'ASC' | 'DESC';
  /** One more than the page size, to know whether there is another page. */
  limit: number;
}

/**
 * A page of an append-only list, sorted by descending number, with keyset (cursor) pagination.
 *
 * @param scope identifies the list with its filters; cursors are bound to it
 * @param url path and query of the request
 * @param query finds the rows of a range
 * @throws Problem 400 `invalid_cursor`, `cursor_mismatch`
 */
export async function newestFirst(
  cursors: Cursors,
  scope: string,
  paging: Paging,
  url: string,
  query: (range: KeysetRange) => Promise<NumberedRow[]>,
): Promise<Envelope> {
  const token = paging.mode === 'cursor' ? paging.token : '';
  const position = token === '' ? undefined : cursors.decode(token, scope);
  const backwards = position?.direction === 'prev';
  const rows = await query({
    from: position?.values[0] ?? null,
    comparison: backwards ? '>' : '<',
    order: backwards ? 'ASC' : 'DESC',
    limit: paging.limit + 1,
  });
  const hasMore = rows.length > paging.limit;
  const shown = rows.slice(0, paging.limit);
  if (backwards) shown.reverse();
  const cursor = (direction: 'next' | 'prev', row: NumberedRow | undefined) =>
    row ? cursors.encode({ direction, values: [String(row.number)] }, scope) : null;
  return envelope(
    {
      rows: shown.map(({ json }) => json),
      total: undefined,
      hasNext: backwards || hasMore,
      hasPrev: backwards ? hasMore : position !== undefined,
      nextCursor: cursor('next', shown.at(-1)),
      prevCursor: cursor('prev', shown[0]),
    },
    paging,
    url,
  );
}
