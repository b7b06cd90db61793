/**
 * The state of the database at one moment. A generation is a counter that every committed write to a resource advances:
 * while the counter of a resource is unchanged, so are its rows.
 */
export class Generation {
  private readonly tags = new Map<readonly string[], string>();

  /**
   * @param epoch identity of the database's history; counters of different epochs cannot be compared
   * @param names the resources
   * @param numbers the counter of each resource
   * @param queriedAt when the query was sent, in milliseconds of `performance.now()`; the state is that of this moment
   *   or of a later one
   */
  constructor(
    readonly epoch: string,
    private readonly names: readonly string[],
    private readonly numbers: readonly string[],
    readonly queriedAt: number,
  ) {}

  /** The state of some resources as text: equal texts mean equal rows. Built once for each array of resources. */
  tag(resources: readonly string[]): string {
    let tag = this.tags.get(resources);
    if (tag === undefined) {
      tag = `${this.epoch}.${resources.map((resource) => this.numbers[this.names.indexOf(resource)]).join('.')}`;
      this.tags.set(resources, tag);
    }
    return tag;
  }
}
