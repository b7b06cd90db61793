import { ApiHeader, ApiParam, ApiResponse } from '@nestjs/swagger';
import type { ProblemCode } from '../../problems/problem-codes';
import { commaSeparated, component, header, query, schemaName } from '../../openapi/fragments';
import { KEY_PATTERN } from '../../validation/properties';
import type { DocumentDefinition } from '../definition/document-definition';
import { membersOf } from '../query/list-query';

/** The ETag header of a document or list. */
export const etag = {
  ETag: header('string', 'Of a document: its version; send it as If-Match. Of any response: send it as If-None-Match.'),
};

/** The headers of every cached response. */
export const cacheHeaders = {
  ...etag,
  'X-Cache': {
    description:
      'HIT: from the cache. MISS: from the database. BYPASS: not cached. ' +
      'STALE: from the cache while the database is unavailable, with `Age`.',
    schema: { type: 'string' as const, enum: ['HIT', 'MISS', 'STALE', 'BYPASS'] },
  },
};

/** Documents the path parameter `key` of the routes of one document. */
export const ApiKeyParam = ({ singular, exampleKey, schema }: DocumentDefinition) =>
  ApiParam({
    name: 'key',
    extensions: component(`${schemaName(schema)}Key`),
    description: `The key of the ${singular}, case-insensitive.`,
    schema: { type: 'string', pattern: KEY_PATTERN },
    example: exampleKey,
  });

const TAG = '(W/)?"[!#-~]*"';
const TAGS_PATTERN = `^(\\*|${TAG}(, ?${TAG})*)$`;

/** Documents `If-Match` of a write. */
export const ApiIfMatch = ApiHeader({
  name: 'If-Match',
  required: false,
  description: 'ETags, one of which must match the document, or *. Without it the last write wins.',
  schema: { type: 'string', pattern: TAGS_PATTERN, examples: ['"3"'] },
  extensions: component('IfMatch'),
});

/** Documents the query parameter `include_deleted`. */
export const ApiIncludeDeleted = query(
  'include_deleted',
  { type: 'boolean', default: false },
  'Include deleted documents. Requires the role editor.',
);

/** Documents the query parameter `fields`. */
export const ApiFields = (definition: DocumentDefinition) =>
  query(
    'fields',
    commaSeparated({ type: 'string', enum: membersOf(definition) }),
    'Members to return besides key and version; all by default.',
    `${schemaName(definition.schema)}Fields`,
  );

/** Documents the response to a write that contains the new version of the document. */
export const ApiWritten = ({ schema }: DocumentDefinition) =>
  ApiResponse({
    status: 200,
    description: 'The new version.',
    type: schema,
    headers: etag,
  });

/** Documents the response to a write that creates the document. */
export const ApiCreated = ({ schema }: DocumentDefinition) =>
  ApiResponse({
    status: 201,
    description: 'Created.',
    type: schema,
    headers: { ...etag, Location: header('string', 'The URL of the document: a path, unless PUBLIC_URL is set.') },
  });

/** Of the requests whose schema has no read-only members. */
export const READ_ONLY =
  'Read-only members of a document that was read, such as `version` and `created_at`, are accepted and ignored.';

/** `a metric`, `an objective`. */
export const withArticle = ({ singular }: DocumentDefinition): string =>
  `${/^[aeiou]/.test(singular) ? 'an' : 'a'} ${singular}`;

/** The problems that the references of a resource can cause. */
export const referenceProblems = ({ references = [] }: DocumentDefinition): ProblemCode[] => [
  ...(references.length > 0 ? (['unknown_reference'] as const) : []),
  ...(references.some(({ acyclic }) => acyclic) ? (['cycle'] as const) : []),
];
