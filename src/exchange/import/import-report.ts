import type { Place } from '../files/catalogue-entry';
import type { DanglingReference } from './dangling';

/** What became of a document that was not refused; `skipped` had nothing to change. */
export type Outcome = 'created' | 'updated' | 'skipped';

export interface Refusal extends Place {
  code: string;
  detail: string;
}

export interface Totals extends Record<Outcome, number> {
  refused: number;
}

/** What happened to the documents of one file. */
export class FileReport {
  readonly refusals: Refusal[] = [];
  readonly notes: (Place & { detail: string })[] = [];
  readonly #counts: Record<Outcome, number> = { created: 0, updated: 0, skipped: 0 };
  #refused = 0;

  constructor(readonly path: string) {}

  count(outcome: Outcome, documents = 1): void {
    this.#counts[outcome] += documents;
  }

  /** Counts one document, for all that is wrong with it. */
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

/** The result of one import, file by file. */
export class ImportReport {
  readonly dangling: DanglingReference[] = [];
  readonly #files = new Map<string, FileReport>();

  /** @param options dryRun: nothing was written, which the text says */
  constructor(readonly options: { dryRun: boolean } = { dryRun: false }) {}

  /** The report of a file, begun when it is first asked for. */
  file(path: string): FileReport {
    const known = this.#files.get(path) ?? new FileReport(path);
    this.#files.set(path, known);
    return known;
  }

  files(): FileReport[] {
    return [...this.#files.values()];
  }

  dangle(references: readonly DanglingReference[]): void {
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

  /** 1 when anything was refused, so that a script notices. Dangling references are allowed, hence 0. */
  exitCode(): 0 | 1 {
    return this.totals().refused > 0 ? 1 : 0;
  }

  /** Plain text for a terminal or a log; ends with a newline. */
  toText(): string {
    const lines = this.files().flatMap((file) => [
      file.path,
      `  ${counted(file.totals())}`,
      ...file.refusals.map((refusal) => `  ${place(refusal)}  ${refusal.code}: ${refusal.detail}`),
      ...file.notes.map((note) => `  ${place(note)}  note: ${note.detail}`),
    ]);
    if (this.dangling.length > 0) {
      lines.push(`Dangling references: ${this.dangling.length}`);
      lines.push(...this.dangling.map(({ from, pointer, to }) => `  ${from.resource}/${from.key} ${pointer} → ${to}`));
    }
    lines.push(`${this.options.dryRun ? 'Dry run, nothing written' : 'Total'}: ${counted(this.totals())}`);
    return lines.map(printable).join('\n') + '\n';
  }
}

function counted({ created, updated, skipped, refused }: Totals): string {
  return `${created} created, ${updated} updated, ${skipped} unchanged, ${refused} refused`;
}

function place({ line, pointer }: Place): string {
  return [line > 0 ? `line ${line}` : '', pointer].filter((part) => part !== '').join(' ') || 'file';
}

/** Keys and names come from the file: an escape sequence in one must not reach the terminal. */
function printable(line: string): string {
  return line.replace(/\p{Cc}/gu, '�');
}
