/** Where the database was at a moment: as long as the numbers of its resources stay, so do their rows. */
export class Generation {
  private readonly tags = new Map<readonly string[], string>();

  /**
   * @param epoch the database whose numbers these are; other numbers of another epoch say nothing
   * @param names the resources, and `numbers` the generation of each
   * @param queriedAt when the database was asked, in milliseconds of `performance.now()`: it was there at that moment or later
   */
  constructor(
    readonly epoch: string,
    private readonly names: readonly string[],
    private readonly numbers: readonly string[],
    readonly queriedAt: number,
  ) {}

  /** One text for the state of some resources: equal texts, equal rows. Made once for each array. */
  tag(resources: readonly string[]): string {
    let tag = this.tags.get(resources);
    if (tag === undefined) {
      tag = `${this.epoch}.${resources.map((resource) => this.numbers[this.names.indexOf(resource)]).join('.')}`;
      this.tags.set(resources, tag);
    }
    return tag;
  }
}
