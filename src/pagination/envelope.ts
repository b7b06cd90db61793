import { MAX_OFFSET_ROWS, type Paging } from './paging';

/** The result of a list query. */
export interface FoundRows {
  /** The documents as JSON text, sorted. */
  rows: readonly string[];
  /** Rows that match the filters; undefined where they were not counted. */
  total: number | undefined;
  hasNext: boolean;
  hasPrev: boolean;
  nextCursor: string | null;
  prevCursor: string | null;
}

export interface Envelope {
  json: string;
  headers: Record<string, string>;
}

/**
 * The response of a list: the body `{data, pagination}` and the same information as headers: `Link` (RFC 8288) and,
 * where rows are counted, `X-Total-Count`, `X-Page`, `X-Per-Page`, `X-Total-Pages`.
 *
 * @param url path and query of the request; links repeat every parameter except those of pagination
 */
export function envelope(found: FoundRows, paging: Paging, url: string): Envelope {
  return paging.mode === 'page' ? pageEnvelope(found, paging, url) : cursorEnvelope(found, paging, url);
}

/** The body as text. Joined in one step: wrapping the joined rows would copy 45 kB once more. */
function body(rows: readonly string[], pagination: object): string {
  const end = `],"pagination":${JSON.stringify(pagination)}}`;
  const [first = '', ...others] = rows;
  const last = others.pop();
  if (last === undefined) return `{"data":[${first}${end}`;
  return [`{"data":[${first}`, ...others, last + end].join(',');
}

function pageEnvelope(
  { rows, total = 0, nextCursor }: FoundRows,
  { page, limit }: Extract<Paging, { mode: 'page' }>,
  url: string,
): Envelope {
  const pages = Math.ceil(total / limit);
  const hasNext = page < pages;
  const hasPrev = page > 1;
  const reachable = Math.floor(MAX_OFFSET_ROWS / limit);
  const link = linksOf(url, {
    first: { page: 1, limit },
    prev: hasPrev && { page: Math.min(page - 1, Math.max(pages, 1)), limit },
    // Beyond the last reachable page `next` is a cursor, so that a client that follows it reaches every row.
    next: hasNext && (page < reachable ? { page: page + 1, limit } : { cursor: nextCursor ?? '', limit }),
    last: pages <= reachable && { page: Math.max(pages, 1), limit },
  });
  return {
    json: body(rows, { page, limit, total, pages, hasNext, hasPrev, nextCursor: hasNext ? nextCursor : null }),
    headers: {
      link,
      'x-total-count': String(total),
      'x-page': String(page),
      'x-per-page': String(limit),
      'x-total-pages': String(pages),
    },
  };
}

function cursorEnvelope(
  { rows, total, hasNext, hasPrev, ...cursors }: FoundRows,
  { limit, count }: Extract<Paging, { mode: 'cursor' }>,
  url: string,
): Envelope {
  const nextCursor = hasNext ? cursors.nextCursor : null;
  const prevCursor = hasPrev ? cursors.prevCursor : null;
  const others = { limit, ...(count && { count: 'exact' }) };
  const link = linksOf(url, {
    first: { cursor: '', ...others },
    prev: prevCursor !== null && { cursor: prevCursor, ...others },
    next: nextCursor !== null && { cursor: nextCursor, ...others },
  });
  return {
    json: body(rows, { limit, hasNext, hasPrev, nextCursor, prevCursor, total }),
    headers: { link, 'x-per-page': String(limit), ...(total !== undefined && { 'x-total-count': String(total) }) },
  };
}

/** The header `Link` with the parameters of each relation; false for none. */
function linksOf(url: string, relations: Record<string, Record<string, string | number> | false>): string {
  // Only the first `?` starts the query: a search can contain others.
  const [path = ''] = url.split('?', 1);
  const others = new URLSearchParams(url.slice(path.length));
  for (const name of ['page', 'limit', 'cursor', 'count']) others.delete(name);
  const links: string[] = [];
  for (const [relation, paging] of Object.entries(relations)) {
    if (!paging) continue;
    const parameters = new URLSearchParams(others);
    for (const [name, value] of Object.entries(paging)) parameters.set(name, String(value));
    links.push(`<${path}?${parameters.toString()}>; rel="${relation}"`);
  }
  return links.join(', ');
}
