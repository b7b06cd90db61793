import type { SchemaClass } from '../../validation/schema';
import { isObject, type JsonObject } from '../files/catalogue-entry';
import { type Convert, itemFor, itemLimit, valueFor } from './values';

/** One path, or several of which the first valid value counts. */
type Paths = string | readonly string[];

/** Where the members of a class are in an old document. */
type MemberPaths<D> = { readonly [M in keyof D]?: Paths };

/**
 * A document of the first MDL during its conversion. Each `take` removes the value that it converts. `rest()` returns
 * the remaining values, which go to `extra` under their old paths, so that no value is lost. A path is a list of
 * member names with dots between them: 'definition.unit'.
 */
export class OldDocument {
  readonly #rest: JsonObject;

  /** Copies the source without empty values. A YAML alias may share an object with another document. */
  constructor(source: JsonObject) {
    this.#rest = withoutEmpty(source);
  }

  /** Returns a value without removing it. */
  peek(path: string): unknown {
    const { parent, field } = this.#find(path);
    return parent?.[field];
  }

  /** Removes and returns the value at the first path whose value can be converted. */
  take<T>(paths: Paths, convert: Convert<T>): T | undefined {
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

  /** Takes the status. An unknown status stays, and the document becomes a draft. */
  takeStatus(path: string, convert: Convert<string>): string | undefined {
    return this.take(path, convert) ?? (this.peek(path) === undefined ? undefined : 'draft');
  }

  /** Takes members of a class. The schema of each decides which values can be converted. */
  takeMembers<D extends object>(dto: SchemaClass<D>, paths: MemberPaths<D>): Partial<D> {
    const members = Object.entries(paths) as [keyof D & string, Paths][];
    const taken = members.map(([member, from]) => {
      const limit = itemLimit(dto, member);
      const value =
        limit === undefined ? this.take(from, valueFor(dto, member)) : this.takeEach(from, itemFor(dto, member), limit);
      return [member, value];
    });
    return Object.fromEntries(taken) as Partial<D>;
  }

  /**
   * Removes and returns the items of lists that can be converted: at most `limit`, and each value once in any case.
   */
  takeEach(paths: Paths, convert: Convert<string>, limit = Infinity): string[] {
    const taken = new Map<string, string>();
    this.#replaceItems(paths, (item) => {
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
   * Converts the objects of lists, at most `limit`. The remaining fields of an item stay in the list together with its
   * `identity` field. A plain string is an item with this field only.
   */
  takeItems<T>(paths: Paths, identity: string, convert: (item: OldDocument) => T | undefined, limit = Infinity): T[] {
    const taken: T[] = [];
    this.#replaceItems(paths, (item) => {
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

  /** The remaining values, without empty objects and lists. */
  rest(): JsonObject | undefined {
    return filled(this.#rest) as JsonObject | undefined;
  }

  /** Replaces each item of the lists by the result of `convert`; undefined removes the item. */
  #replaceItems(paths: Paths, convert: (item: unknown) => unknown): void {
    for (const path of [paths].flat()) {
      const { parent, field } = this.#find(path);
      const list = parent?.[field];
      if (parent && Array.isArray(list)) parent[field] = list.map(convert).filter((item) => item !== undefined);
    }
  }

  #find(path: string): { parent: JsonObject | undefined; field: string } {
    const steps = path.split('.');
    const field = steps.pop() ?? '';
    let parent: unknown = this.#rest;
    for (const step of steps) parent = isObject(parent) && Object.hasOwn(parent, step) ? parent[step] : undefined;
    return { parent: isObject(parent) && Object.hasOwn(parent, field) ? parent : undefined, field };
  }
}

/** Copies deeply without nulls, blank strings, empty lists and empty objects. */
export const withoutEmpty = (source: JsonObject) => (filled(source) ?? {}) as JsonObject;

function filled(value: unknown): unknown {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const items = value.map(filled).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  const fields = Object.entries(value ?? {}).map(([name, field]) => [name, filled(field)] as const);
  const rest = fields.filter(([, field]) => field !== undefined);
  return rest.length > 0 ? Object.fromEntries(rest) : undefined;
}
