import { MAX_OFFSET_ROWS, type Paging } from './paging';

/** What a list statement found, before it is put in an envelope. */
export interface Found {
  /** The documents as JSON text, in the order asked for. */
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
 * Wraps found rows into the body `{data, pagination}` with the headers that say the same: `Link` (RFC 8288) and, where
 * rows are counted, `X-Total-Count`, `X-Page`, `X-Per-Page`, `X-Total-Pages`.
 *
 * @param url the path and query asked for; every parameter but the paging ones is kept in the links
 */
export function envelope(found: Found, paging: Paging, url: string): Envelope {
  return paging.mode === 'page' ? pageEnvelope(found, paging, url) : cursorEnvelope(found, paging, url);
}

/** The text of a page, joined in one go: 45 kB that are wrapped after they were joined are copied twice. */
function body(rows: readonly string[], pagination: object): string {
  const end = `],"pagination":${JSON.stringify(pagination)}}`;
  const [first = '', ...others] = rows;
  const last = others.pop();
  if (last === undefined) return `{"data":[${first}${end}`;
  return [`{"data":[${first}`, ...others, last + end].join(',');
}

function pageEnvelope(
  { rows, total = 0, nextCursor }: Found,
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
  // Where pages end, the cursor goes on: a client that follows `next` reaches every row.
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
  { rows, total, hasNext, hasPrev, nextCursor, prevCursor }: Found,
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
  // The first `?` alone divides: a search may hold others.
  const [path = ''] = url.split('?', 1);
  const kept = new URLSearchParams(url.slice(path.length));
  for (const name of ['page', 'limit', 'cursor', 'count']) kept.delete(name);
  const links: string[] = [];
  return {
    add(relation: string, paging: Record<string, string | number>) {
      const parameters = new URLSearchParams(kept);
      for (const [name, value] of Object.entries(paging)) parameters.set(name, String(value));
      links.push(`<${path}?${parameters.toString()}>; rel="${relation}"`);
    },
    toString: () => links.join(', '),
  };
}
