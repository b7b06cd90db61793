import type { DocumentDefinition } from '../documents/definition/document-definition';

/**
 * The resources of a catalogue, as their definitions describe them. A new resource is imported without an edit here.
 */
export class Resources {
  /** In dependency order: a resource refers only to itself and to earlier ones. */
  readonly inOrder: readonly DocumentDefinition[];

  constructor(definitions: readonly DocumentDefinition[]) {
    this.inOrder = inDependencyOrder(definitions);
  }

  /** @throws Error for an unknown resource */
  definitionOf(resource: string): DocumentDefinition {
    const found = this.inOrder.find((definition) => definition.resource === resource);
    if (!found) throw new Error(`There is no resource "${resource}".`);
    return found;
  }

  /**
   * Finds the definition of a document by its key member.
   * Dependent resources come first: an objective has its own `objective_id` and the `domain_id` of its domain.
   */
  find(document: object): DocumentDefinition | undefined {
    return this.inOrder.findLast(({ keyMember }) => Object.hasOwn(document, keyMember));
  }
}

/** Sorts topologically by references. References are acyclic between resources. */
function inDependencyOrder(definitions: readonly DocumentDefinition[]): DocumentDefinition[] {
  const sorted = new Set<DocumentDefinition>();
  const add = (definition: DocumentDefinition): void => {
    for (const { to } of definition.references ?? []) {
      const target = definitions.find(({ resource }) => resource === to);
      if (target && target !== definition && !sorted.has(target)) add(target);
    }
    sorted.add(definition);
  };
  definitions.forEach(add);
  return [...sorted];
}
