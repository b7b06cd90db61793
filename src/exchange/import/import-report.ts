import type { LossEntry, Note, Place, Refusal } from '../files/catalogue-entry';
import type { DanglingReference } from './dangling-references';

/** The results for a document. `skipped` means that nothing had to change. */
const OUTCOMES = ['created', 'updated', 'skipped', 'refused'] as const;

export type Totals = Record<(typeof OUTCOMES)[number], number>;

/** The results of one file. */
class FileReport {
  readonly totals: Totals = { created: 0, updated: 0, skipped: 0, refused: 0 };
  readonly refusals: Refusal[] = [];
  readonly notes: Note[] = [];
  readonly losses: LossEntry[] = [];

  constructor(readonly path: string) {}

  /** Counts one refused document, with all its violations. */
  refuse(...reasons: Refusal[]): void {
    this.totals.refused++;
    this.refusals.push(...reasons);
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

  totals(): Totals {
    const sum: Totals = { created: 0, updated: 0, skipped: 0, refused: 0 };
    for (const { totals } of this.files()) for (const outcome of OUTCOMES) sum[outcome] += totals[outcome];
    return sum;
  }

  /** 1 if a document was refused, otherwise 0. Dangling references are allowed. */
  exitCode(): 0 | 1 {
    return this.totals().refused > 0 ? 1 : 0;
  }

  /** Formats the report for a terminal or a log. It ends with a newline. */
  toText(): string {
    const lines = this.files().flatMap(({ path, totals, refusals, notes, losses }) => [
      path,
      `  ${formatTotals(totals)}`,
      ...refusals.map((refusal) => `  ${formatPlace(refusal)}  ${refusal.code}: ${refusal.detail}`),
      ...notes.map((note) => `  ${formatPlace(note)}  note: ${note.detail}`),
      ...losses.map((loss) => `  ${formatPlace(loss)}  lost ${loss.name}: ${loss.detail}`),
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
