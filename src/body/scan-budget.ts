import { Problem } from '../problems/problem';

/** What takes time to parse and may occur in a body only so often: several texts can share one budget. */
export class ScanBudget {
  private left: number;
  private readonly names = new Map<string, number>();

  /**
   * @param maxValues members and list elements
   * @param maxNames different names of members: `JSON.parse` needs about 1 µs for each that it meets first
   */
  constructor(
    private readonly maxValues = Infinity,
    private readonly maxNames = Infinity,
  ) {
    this.left = maxValues;
  }

  /** @throws Problem 413 `payload_too_large` when nothing is left */
  spend(values = 1): void {
    this.left -= values;
    if (this.left < 0) throw tooMany(this.maxValues, 'members and list elements');
  }

  /**
   * Counts the name of a member.
   *
   * @returns a number that stands for the name, which is cheaper to remember
   * @throws Problem 413 `payload_too_large`
   */
  addName(name: string): number {
    const known = this.names.get(name);
    if (known !== undefined) return known;
    const { size } = this.names;
    if (size === this.maxNames) throw tooMany(this.maxNames, 'different names of members');
    this.names.set(name, size);
    return size;
  }
}

const tooMany = (limit: number, what: string) =>
  new Problem('payload_too_large', { detail: `The body must have at most ${limit} ${what}.`, members: { limit } });
