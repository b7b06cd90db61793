import { Injectable } from '@nestjs/common';

/**
 * Which resources the answers of a resource show rows of, count, or find others by. Made from the declared references, so
 * that a new resource that points at another one is part of the other's answers unasked.
 */
@Injectable()
export class ResourceDependencies {
  private readonly links = new Map<string, Set<string>>();

  private readonly dated = new Set<string>();

  /** Makes a resource known, with those that its foreign keys lead to; `dated` when its answers differ from day to day. */
  register(resource: string, leadsTo: readonly string[], dated: boolean): void {
    for (const other of [resource, ...leadsTo]) {
      // Both ways: lists are found by the other's rows (a domain's metrics), the other counts these (a domain's metric_count).
      this.linked(resource).add(other);
      this.linked(other).add(resource);
    }
    if (dated) this.dated.add(resource);
  }

  /** Every resource, in alphabetical order. */
  get resources(): string[] {
    return [...this.links.keys()].sort();
  }

  /** What an answer about this resource depends on, itself included. */
  of(resource: string): string[] {
    return [...this.linked(resource)].sort();
  }

  /** Whether an answer about this resource is true for a day (UTC) only. */
  isDated(resource: string): boolean {
    return this.dated.has(resource);
  }

  private linked(resource: string): Set<string> {
    const linked = this.links.get(resource) ?? new Set();
    this.links.set(resource, linked);
    return linked;
  }
}
