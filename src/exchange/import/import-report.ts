import type { Place, Refusal } from '../files/catalogue-entry';
import type { DanglingReference } from './dangling-references';

/** The result of writing a document. `skipped` means that nothing had to change. */
export type Outcome = 'created' | 'updated' | 'skipped';

export interface Totals extends Record<Outcome, number> {
  refused: number;
}

/** The results of one file. */
export class FileReport {
  readonly refusals: Refusal[] = [];
  readonly notes: (Place & { detail: string })[] = [];
  readonly #counts: Record<Outcome, number> = { created: 0, updated: 0, skipped: 0 };
  #refused = 0;

  constructor(readonly path: string) {}

  count(outcome: Outcome, documents = 1): void {
    this.#counts[outcome] += documents;
  }

  /** Counts one refused document, with all its violations. */
  refuse(...reasons: Refusal[]): void {
    this.#refused++;
    this.refusals.push(...reasons.map(({ line, pointer, code, detail }) => ({ line, pointer, code, detail })));
  }

  note({ line, pointer, detail }: Place & { detail: string }): void {
    this.notes.push({ line, pointer, detail });
  }

  totals(): Totals {
    return { ...this.#counts, refused: this.#refused };
  }
}

/** The results of one import, by file. */
export class ImportReport {
  readonly dangling: DanglingReference[] = [];
  readonly #files = new Map<string, FileReport>();

  /** @param options `dryRun` if nothing was written */
  constructor(readonly options: { dryRun: boolean } = { dryRun: false }) {}

  /** Returns the report of a file, a new one for a new file. */
  file(path: string): FileReport {
    const known = this.#files.get(path) ?? new FileReport(path);
    this.#files.set(path, known);
    return known;
  }

  files(): FileReport[] {
    return [...this.#files.values()];
  }

  addDangling(references: readonly DanglingReference[]): void {
    this.dangling.push(...references);
  }

  totals(): Totals {
    const sum: Totals = { created: 0, updated: 0, skipped: 0, refused: 0 };
    for (const file of this.#files.values()) {
      const { created, updated, skipped, refused } = file.totals();
      sum.created += created;
      sum.updated += updated;
      sum.skipped += skipped;
      sum.refused += refused;
    }
    return sum;
  }

  /** 1 if a document was refused, otherwise 0. Dangling references are allowed. */
  exitCode(): 0 | 1 {
    return this.totals().refused > 0 ? 1 : 0;
  }

  /** Formats the report for a terminal or a log. It ends with a newline. */
  toText(): string {
    const lines = this.files().flatMap((file) => [
      file.path,
      `  ${formatTotals(file.totals())}`,
      ...file.refusals.map((refusal) => `  ${formatPlace(refusal)}  ${refusal.code}: ${refusal.detail}`),
      ...file.notes.map((note) => `  ${formatPlace(note)}  note: ${note.detail}`),
    ]);
    if (this.dangling.length > 0) {
      lines.push(`Dangling references: ${this.dangling.length}`);
      lines.push(...this.dangling.map(({ from, pointer, to }) => `  ${from.resource}/${from.key} ${pointer} → ${to}`));
    }
    lines.push(`${this.options.dryRun ? 'Dry run, nothing written' : 'Total'}: ${formatTotals(this.totals())}`);
    return lines.map(printable).join('\n') + '\n';
  }
}

function formatTotals({ created, updated, skipped, refused }: Totals): string {
  return `${created} created, ${updated} updated, ${skipped} unchanged, ${refused} refused`;
}

function formatPlace({ line, pointer }: Place): string {
  return [line > 0 ? `line ${line}` : '', pointer].filter((part) => part !== '').join(' ') || 'file';
}

/** Replaces control characters: an escape sequence in a file must not reach the terminal. */
function printable(line: string): string {
  return line.replace(/\p{Cc}/gu, '�');
}
