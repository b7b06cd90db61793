import { ApiHeader, ApiParam, ApiResponse } from '@nestjs/swagger';
import { DEFAULT_LIMIT, MAX_LIMIT } from '../../pagination/paging';
import type { ProblemCode } from '../../problems/problem-codes';
import { query } from '../../routing/openapi-fragments';
import { KEY_PATTERN } from '../../validation/properties';
import type { DocumentDefinition } from '../definition/document-definition';

/** Documents a response header. */
export const header = (type: 'string' | 'integer', description: string) => ({ description, schema: { type } });

/** The ETag header of every response that contains one document. */
export const etag = {
  ETag: { ...header('string', 'The version of the document. Send it as If-Match.'), example: '"3"' },
};

/** The headers of every cached response. */
export const cacheHeaders = {
  ETag: header('string', 'Send it as If-None-Match.'),
  'X-Cache': {
    description:
      'HIT: from the cache. MISS: from the database. BYPASS: not cached. ' +
      'STALE: from the cache while the database is unavailable, with `Age`.',
    schema: { type: 'string' as const, enum: ['HIT', 'MISS', 'STALE', 'BYPASS'] },
  },
};

/** The header of every paginated response. */
export const linkHeader = { Link: header('string', 'Links to the first, prev, next and last page (RFC 8288).') };

/** Documents the path parameter `key` of the routes of one document. */
export const ApiKeyParam = ({ singular, exampleKey }: DocumentDefinition) =>
  ApiParam({
    name: 'key',
    description: `The key of the ${singular}, case-insensitive.`,
    schema: { type: 'string', pattern: KEY_PATTERN },
    example: exampleKey,
  });

/** Documents `If-Match` of a write. */
export const ApiIfMatch = ApiHeader({
  name: 'If-Match',
  required: false,
  description: 'A list of ETags, one of which must match the document, or *.',
  schema: { type: 'string', examples: ['"3"'] },
});

/** Documents the query parameter `limit`. */
export const ApiLimit = query(
  'limit',
  { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
  'Page size.',
);

/** Documents the query parameter `include_deleted`. */
export const ApiIncludeDeleted = (description: string) =>
  query('include_deleted', { type: 'boolean', default: false }, description);

/** Documents a response to a write that contains the document. */
export const ApiWritten = ({ dto }: DocumentDefinition, description: string, status = 200) =>
  ApiResponse({ status, description, type: dto, headers: etag });

/** The JSON Schema of a page. */
export const pageSchema = (items: object, pagination: object) => ({
  type: 'object' as const,
  required: ['data', 'pagination'],
  properties: { data: { type: 'array' as const, items }, pagination },
});

/** `a metric`, `an objective`. */
export const withArticle = ({ singular }: DocumentDefinition): string =>
  `${/^[aeiou]/.test(singular) ? 'an' : 'a'} ${singular}`;

/** The problems that the references of a resource can cause. */
export const referenceProblems = ({ references = [] }: DocumentDefinition): ProblemCode[] => [
  ...(references.length > 0 ? (['unknown_reference'] as const) : []),
  ...(references.some(({ acyclic }) => acyclic) ? (['cycle'] as const) : []),
];
