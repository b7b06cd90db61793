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
  const links = linksOf(url);
  links.add('first', { page: '1', limit });
  if (hasPrev) links.add('prev', { page: String(Math.min(page - 1, Math.max(pages, 1))), limit });
  // Beyond the last reachable page `next` is a cursor, so that a client that follows it reaches every row.
  if (hasNext)
    links.add('next', page < reachable ? { page: String(page + 1), limit } : { cursor: nextCursor ?? '', limit });
  if (pages <= reachable) links.add('last', { page: String(Math.max(pages, 1)), limit });
  return {
    json: body(rows, { page, limit, total, pages, hasNext, hasPrev, nextCursor: hasNext ? nextCursor : null }),
    headers: {
      link: links.toString(),
      'x-total-count': String(total),
      'x-page': String(page),
      'x-per-page': String(limit),
      'x-total-pages': String(pages),
    },
  };
}

function cursorEnvelope(
  { rows, total, hasNext, hasPrev, nextCursor, prevCursor }: FoundRows,
  { limit, count }: Extract<Paging, { mode: 'cursor' }>,
  url: string,
): Envelope {
  const links = linksOf(url);
  const counting = count ? { count: 'exact' } : {};
  links.add('first', { cursor: '', limit, ...counting });
  if (hasPrev && prevCursor !== null) links.add('prev', { cursor: prevCursor, limit, ...counting });
  if (hasNext && nextCursor !== null) links.add('next', { cursor: nextCursor, limit, ...counting });
  const counted = total === undefined ? {} : { total };
  return {
    json: body(rows, {
      limit,
      hasNext,
      hasPrev,
      nextCursor: hasNext ? nextCursor : null,
      prevCursor: hasPrev ? prevCursor : null,
      ...counted,
    }),
    headers: {
      link: links.toString(),
      'x-per-page': String(limit),
      ...(total !== undefined && { 'x-total-count': String(total) }),
    },
  };
}

function linksOf(url: string) {
  // Only the first `?` starts the query: a search can contain others.
  const [path = ''] = url.split('?', 1);
  const others = new URLSearchParams(url.slice(path.length));
  for (const name of ['page', 'limit', 'cursor', 'count']) others.delete(name);
  const links: string[] = [];
  return {
    add(relation: string, paging: Record<string, string | number>) {
      const parameters = new URLSearchParams(others);
      for (const [name, value] of Object.entries(paging)) parameters.set(name, String(value));
      links.push(`<${path}?${parameters.toString()}>; rel="${relation}"`);
    },
    toString: () => links.join(', '),
  };
}
