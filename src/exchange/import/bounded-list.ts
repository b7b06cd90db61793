/** Entries of a list in a report. */
const MAX_LISTED = 1000;

/** A list that keeps its first 1,000 entries and counts all: a file can have any number of mistakes. */
export class BoundedList<T> {
  readonly items: T[] = [];
  count = 0;

  add(...items: T[]): void {
    this.count += items.length;
    this.items.push(...items.slice(0, MAX_LISTED - this.items.length));
  }
}
