import { JSON_TYPE, NDJSON_TYPE } from '../../body/media-types';
import { type Document, operationsOf } from '../../openapi/document';
import type { DocumentDefinition } from '../definition/document-definition';
import type { References } from '../references/references';

/**
 * Removes 409 `in_use` from the DELETE operation of each resource that nothing refers to. Decorators run before the
 * resources are registered, so they cannot know.
 */
export function removeImpossibleInUse({ paths }: Document, references: References): void {
  for (const resource of references.unreferenced()) delete paths[`/api/v1/${resource}/{key}`]?.delete?.responses['409'];
}

/** Declares the tag of each resource without a description of its tag, as linters require. */
export function declareTags({ tags = [] }: Document, definitions: readonly DocumentDefinition[]): void {
  for (const { resource, keyMember } of definitions)
    if (!tags.some(({ name }) => name === resource))
      tags.push({ name: resource, description: `Documents that \`${keyMember}\` identifies` });
}

/**
 * Describes NDJSON bodies as text, by the example of the JSON body: @nestjs/swagger gives all media types of a body the
 * same schema.
 */
export function describeNdjson(document: Document): void {
  for (const { operation } of operationsOf(document)) {
    const content = operation.requestBody?.content;
    if (!content?.[NDJSON_TYPE]) continue;
    const [example] = Object.values(content[JSON_TYPE]?.examples ?? {});
    const { items } = example?.value as { items: object[] };
    content[NDJSON_TYPE] = {
      schema: { type: 'string', description: 'One document as JSON on each line, as in an export.' },
      examples: { lines: { value: items.map((item) => `${JSON.stringify(item)}\n`).join('') } },
    };
  }
}
