import { ApiParam } from '@nestjs/swagger';
import { KEY_PATTERN } from '../../validation/properties';
import type { DocumentDefinition } from '../definition/document-definition';

/** The ETag header of every response that contains one document. */
export const etag = {
  ETag: {
    description: 'The version of the document. Send it as If-Match.',
    schema: { type: 'string' as const },
    example: '"3"',
  },
};

/** Documents the path parameter `key` of the routes of one document. */
export const ApiKeyParam = ({ singular, exampleKey }: DocumentDefinition) =>
  ApiParam({
    name: 'key',
    description: `The key of the ${singular}, case-insensitive.`,
    schema: { type: 'string', pattern: KEY_PATTERN },
    example: exampleKey,
  });

/** `a metric`, `an objective`. */
export const withArticle = ({ singular }: DocumentDefinition): string =>
  `${/^[aeiou]/.test(singular) ? 'an' : 'a'} ${singular}`;
