import { header, query } from '../openapi/fragments';
import { DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET_ROWS } from './paging';

/** Documents the query parameter `page`. Without a default: generated clients would send it, with a cursor too. */
export const ApiPage = query(
  'page',
  { type: 'integer', minimum: 1, maximum: MAX_OFFSET_ROWS },
  `Page number, 1 by default; pages reach up to ${MAX_OFFSET_ROWS.toLocaleString('en')} rows.`,
);

/** Documents the query parameter `limit`. */
export const ApiLimit = query(
  'limit',
  { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
  'Page size.',
);

/** Documents the query parameter `cursor`. */
export const ApiCursor = query(
  'cursor',
  { type: 'string', pattern: '^[A-Za-z0-9_-]*$' },
  'Cursor pagination: empty for the first page, then `nextCursor` or `prevCursor` of the last response.',
);

/** The header of every paginated response. */
export const linkHeader = { Link: header('string', 'Links to the first, prev, next and last page (RFC 8288).') };
