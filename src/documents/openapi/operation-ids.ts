import { pascalCase } from '../../openapi/fragments';
import type { DocumentDefinition } from '../definition/document-definition';

/** The ids of the operations that every resource has, from which generated clients name their functions. */
export function operationIds({ resource, singular }: Pick<DocumentDefinition, 'resource' | 'singular'>) {
  const [all, one] = [pascalCase(resource), pascalCase(singular)];
  return {
    list: `list${all}`,
    create: `create${one}`,
    bulk: `bulkWrite${all}`,
    export: `export${all}`,
    stats: `count${all}`,
    read: `read${one}`,
    replace: `replace${one}`,
    patch: `patch${one}`,
    remove: `delete${one}`,
    restore: `restore${one}`,
    revisions: `list${one}Revisions`,
    revision: `read${one}Revision`,
    revert: `revert${one}`,
  };
}
