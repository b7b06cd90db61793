import { Injectable } from '@nestjs/common';

/**
 * Which resources the responses of a resource depend on: those whose rows they show, count, or are filtered by. Derived
 * from the declared references, so that a new resource that refers to another one needs no entry elsewhere.
 */
@Injectable()
export class ResourceDependencies {
  private readonly dependencies = new Map<string, Set<string>>();

  private readonly dated = new Set<string>();

  /**
   * Registers a resource.
   *
   * @param references the resources that its foreign keys refer to
   * @param dated whether its responses depend on the date
   */
  register(resource: string, references: readonly string[], dated: boolean): void {
    for (const other of [resource, ...references]) {
      // In both directions: a list is filtered by rows of the other (a domain's metrics), and the other counts these rows
      // (a domain's metric_count).
      this.dependenciesOf(resource).add(other);
      this.dependenciesOf(other).add(resource);
    }
    if (dated) this.dated.add(resource);
  }

  /** Every resource, in alphabetical order. */
  get resources(): string[] {
    return [...this.dependencies.keys()].sort();
  }

  /** The resources that a response of this resource depends on, itself included. */
  of(resource: string): string[] {
    return [...this.dependenciesOf(resource)].sort();
  }

  /** Whether responses of this resource are valid for one day (UTC) only. */
  isDated(resource: string): boolean {
    return this.dated.has(resource);
  }

  private dependenciesOf(resource: string): Set<string> {
    const known = this.dependencies.get(resource) ?? new Set();
    this.dependencies.set(resource, known);
    return known;
  }
}
