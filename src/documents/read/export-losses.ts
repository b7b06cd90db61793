/** Examples for each loss in a report. */
const MAX_EXAMPLES = 100;

/** What a format cannot express, by name. */
export class ExportLosses {
  total = 0;
  private readonly byName = new Map<string, { count: number; examples: string[] }>();

  readonly lose = (name: string, detail: string): void => {
    const loss = this.byName.get(name) ?? { count: 0, examples: [] };
    this.byName.set(name, loss);
    this.total++;
    loss.count++;
    if (loss.examples.length < MAX_EXAMPLES) loss.examples.push(detail);
  };

  /** The report as JSON: the number of losses, and each with its count and up to 100 examples. */
  toJson(format: string): string {
    const losses = [...this.byName].map(([name, loss]) => ({ name, ...loss }));
    return JSON.stringify({ format, total: this.total, losses });
  }
}
