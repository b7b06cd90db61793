import type { OpenAPIObject } from '@nestjs/swagger';
import type { References } from '../references/references';

/**
 * Removes 409 `in_use` from the DELETE operation of each resource that nothing refers to. Decorators run before the
 * resources are registered, so they cannot know.
 */
export function removeImpossibleInUse(document: OpenAPIObject, references: References): OpenAPIObject {
  for (const resource of references.unreferenced())
    delete document.paths[`/api/v1/${resource}/{key}`]?.delete?.responses['409'];
  return document;
}
