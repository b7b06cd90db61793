import { ApiParam } from '@nestjs/swagger';
import { KEY_PATTERN } from '../../validation/properties';
import type { DocumentDefinition } from '../definition/document-definition';

/** The header of every answer that shows one document. */
export const etag = {
  ETag: {
    description: 'The version of the document; send it back as If-Match.',
    schema: { type: 'string' as const },
    example: '"3"',
  },
};

/** The path parameter of a document's routes. */
export const ApiKey = (definition: DocumentDefinition, example: string) =>
  ApiParam({
    name: 'key',
    description: `The key of the ${definition.singular}, in any case.`,
    schema: { type: 'string', pattern: KEY_PATTERN },
    example,
  });
