import { type Document, objectsIn } from './document';
import type { Schema } from './fragments';

/**
 * Makes one component of equal parameters, and one of equal enumerations, of several resources. Its name is the end
 * that their names have in common: `TagsFilter` for `MetricTagsFilter` and `DomainTagsFilter`.
 */
export function mergeEqualComponents(document: Document): void {
  const { parameters, schemas } = document.components;
  const renamed = new Map([...merge('parameters', parameters), ...merge('schemas', schemas)]);
  for (const object of objectsIn(document)) {
    const target = renamed.get(String(object.$ref));
    if (target !== undefined) object.$ref = target;
  }
}

/** Replaces equal components by one. @returns the references to them, with those that replace them */
function merge(kind: 'parameters' | 'schemas', components: Record<string, Schema>): [from: string, to: string][] {
  const isMerged = (component: Schema) => kind === 'parameters' || component.enum !== undefined;
  const groups = Map.groupBy(Object.keys(components), (name) => JSON.stringify(components[name]));
  return [...groups].flatMap(([text, names]): [from: string, to: string][] => {
    const component = JSON.parse(text) as Schema;
    const common = commonEnd(names);
    if (names.length < 2 || !isMerged(component) || common === '' || common in components) return [];
    components[common] = component;
    return names.map((name) => {
      delete components[name];
      return [`#/components/${kind}/${name}`, `#/components/${kind}/${common}`];
    });
  });
}

/** The longest end of all names that starts with a capital letter; empty if there is none. */
function commonEnd([first = '', ...others]: string[]): string {
  const ends = [...first.matchAll(/[A-Z]/g)].map(({ index }) => first.slice(index));
  return ends.find((end) => others.every((name) => name.endsWith(end))) ?? '';
}
