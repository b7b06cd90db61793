import { isObject, type JsonObject } from '../files/catalogue-entry';
import type { Convert } from './values';

/**
 * A document of the first MDL that is being taken apart. Each `take` removes what it could convert; what nobody
 * took is `rest()` and goes to `extra` under its old path. So nothing is lost that the mapping doesn't know.
 * Paths are fixed words joined by dots ('definition.unit').
 */
export class OldDocument {
  readonly #rest: JsonObject;

  /** Works on a copy without empty values: YAML aliases may share objects with other documents. */
  constructor(source: JsonObject) {
    this.#rest = withoutEmpty(source);
  }

  /** A look at a value that stays where it is. */
  peek(path: string): unknown {
    const { parent, field } = this.#find(path);
    return parent?.[field];
  }

  /** The value at the first of the paths that has one which converts. */
  take<T>(paths: string | readonly string[], convert: Convert<T>): T | undefined {
    for (const path of [paths].flat()) {
      const { parent, field } = this.#find(path);
      const taken = parent?.[field] === undefined ? undefined : convert(parent[field]);
      if (parent && taken !== undefined) {
        delete parent[field];
        return taken;
      }
    }
    return undefined;
  }

  /** The items of a list that convert, each value once (without regard to case); at most `limit`. */
  takeEach(path: string, convert: Convert<string>, limit: number): string[] {
    const taken = new Map<string, string>();
    this.#sift(path, (item) => {
      const value = convert(item);
      if (value === undefined) return item;
      const same = value.toLowerCase();
      if (!taken.has(same) && taken.size >= limit) return item;
      if (!taken.has(same)) taken.set(same, value);
      return undefined;
    });
    return [...taken.values()];
  }

  /**
   * The objects of a list, converted; at most `limit`. What an item's conversion leaves stays in the list with the
   * field that says which item it belongs to. A bare string is an item that has this field only.
   */
  takeItems<T>(path: string, identity: string, convert: (item: OldDocument) => T | undefined, limit: number): T[] {
    const taken: T[] = [];
    this.#sift(path, (item) => {
      const source = typeof item === 'string' ? { [identity]: item } : item;
      if (!isObject(source) || taken.length >= limit) return item;
      const old = new OldDocument(source);
      const value = convert(old);
      if (value === undefined) return item;
      taken.push(value);
      const rest = old.rest();
      return rest && { [identity]: source[identity], ...rest };
    });
    return taken;
  }

  /** What is left, without what became empty. */
  rest(): JsonObject | undefined {
    const rest = withoutEmpty(this.#rest);
    return Object.keys(rest).length > 0 ? rest : undefined;
  }

  /** Replaces a list by what `keep` answers for its items. */
  #sift(path: string, keep: (item: unknown) => unknown): void {
    const { parent, field } = this.#find(path);
    const list = parent?.[field];
    if (parent && Array.isArray(list)) parent[field] = list.map(keep).filter((item) => item !== undefined);
  }

  #find(path: string): { parent: JsonObject | undefined; field: string } {
    const steps = path.split('.');
    const field = steps.pop() ?? '';
    let parent: unknown = this.#rest;
    for (const step of steps) parent = isObject(parent) && Object.hasOwn(parent, step) ? parent[step] : undefined;
    return { parent: isObject(parent) && Object.hasOwn(parent, field) ? parent : undefined, field };
  }
}

/** A deep copy without blank strings, nulls, and the lists and objects that are empty or become so. */
export function withoutEmpty(source: JsonObject): JsonObject {
  const fields = Object.entries(source).map(([name, value]) => [name, filled(value)] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

function filled(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  if (Array.isArray(value)) {
    const items = value.map(filled).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (!isObject(value)) return value;
  const object = withoutEmpty(value);
  return Object.keys(object).length > 0 ? object : undefined;
}
