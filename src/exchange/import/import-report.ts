import { MAX_ECHO } from '../../validation/violation';
import type { LossEntry, Note, Refusal } from '../files/catalogue-entry';
import type { MemberConflict } from '../merge/merge-values';
import type { DanglingReference } from './dangling-references';
import { BoundedList } from './bounded-list';
import { shortValue } from './short-value';

/** The results for a document. */
const OUTCOMES = ['created', 'updated', 'unchanged', 'refused'] as const;

export type Totals = Record<(typeof OUTCOMES)[number], number>;

/** Why a document was refused, with its file. */
export interface ReportedRefusal extends Refusal {
  file: string;
}

/** A conflict of a document, and whose value it has now. */
export interface DocumentConflict extends MemberConflict {
  resource: string;
  key: string;
  kept: 'local' | 'source';
}

/** A document that the source no longer has, and what was done. */
export interface RemovedDocument {
  resource: string;
  key: string;
  action: 'reported' | 'flagged' | 'deprecated' | 'left';
  detail?: string;
}

/** What an import does, for the report. */
export interface ReportOptions {
  source?: string | undefined;
  mode?: string;
  dryRun: boolean;
}

/** The results of one file. */
class FileReport {
  readonly totals: Totals = { created: 0, updated: 0, unchanged: 0, refused: 0 };

  constructor(
    readonly name: string,
    private readonly report: ImportReport,
  ) {}

  get refusals(): ReportedRefusal[] {
    return this.report.refusals.items.filter(({ file }) => file === this.name);
  }

  get notes(): (Note & { file: string })[] {
    return this.report.notes.items.filter(({ file }) => file === this.name);
  }

  /** Counts one refused document, with all its violations. */
  refuse(...reasons: Refusal[]): void {
    this.totals.refused++;
    for (const { line, pointer, code, detail, key, value } of reasons) {
      const optional = {
        ...(key !== undefined && { key: key.slice(0, MAX_ECHO) }),
        ...(value !== undefined && { value }),
      };
      this.report.refusals.add({
        file: this.name,
        line,
        pointer: pointer.slice(0, MAX_ECHO),
        code,
        ...optional,
        detail,
      });
    }
  }

  note({ line, pointer, detail }: Note): void {
    this.report.notes.add({ file: this.name, line, pointer, detail });
  }

  lose({ name, line, pointer, detail }: LossEntry): void {
    const known = this.report.losses.get(name);
    if (known) known.count++;
    else this.report.losses.set(name, { count: 1, file: this.name, line, pointer, detail });
  }
}

/** The results of one import. Lists have at most 1,000 entries, and the number of all. */
export class ImportReport {
  readonly refusals = new BoundedList<ReportedRefusal>();
  readonly conflicts = new BoundedList<DocumentConflict>();
  readonly dangling = new BoundedList<DanglingReference>();
  readonly removed = new BoundedList<RemovedDocument>();
  readonly notes = new BoundedList<Note & { file: string }>();
  /** By name, each with its first place. */
  readonly losses = new Map<string, Note & { file: string; count: number }>();
  readonly #files = new Map<string, FileReport>();
  /** Whether accepted documents were written. */
  isWritten = true;

  constructor(readonly options: ReportOptions = { dryRun: false }) {}

  /** Returns the report of a file, a new one for a new file. */
  file(name: string): FileReport {
    const known = this.#files.get(name) ?? new FileReport(name, this);
    this.#files.set(name, known);
    return known;
  }

  files(): FileReport[] {
    return [...this.#files.values()];
  }

  totals(): Totals {
    const sum: Totals = { created: 0, updated: 0, unchanged: 0, refused: 0 };
    for (const { totals } of this.files()) for (const outcome of OUTCOMES) sum[outcome] += totals[outcome];
    return sum;
  }

  /** 1 if a document was refused, otherwise 0. Dangling references are allowed. */
  exitCode(): 0 | 1 {
    return this.totals().refused > 0 ? 1 : 0;
  }

  toJson() {
    const lists = { refused: this.refusals, conflicts: this.conflicts, dangling: this.dangling } as const;
    const all = { ...lists, removed: this.removed, notes: this.notes };
    const { source, mode, dryRun } = this.options;
    return {
      source: source ?? null,
      ...(mode !== undefined && { mode }),
      dry_run: dryRun,
      written: this.isWritten && !dryRun,
      totals: this.totals(),
      counts: Object.fromEntries(Object.entries(all).map(([name, { count }]) => [name, count])),
      files: this.files().map(({ name, totals }) => ({ name, ...totals })),
      refused: this.refusals.items,
      conflicts: this.conflicts.items.map(({ base, local, source: theirs, ...conflict }) => ({
        ...conflict,
        base: shortValue(base),
        local: shortValue(local),
        source: shortValue(theirs),
      })),
      dangling: this.dangling.items.map(({ from, pointer, to }) => ({ ...from, pointer, to })),
      losses: [...this.losses].map(([name, loss]) => ({ name, ...loss })),
      removed: this.removed.items,
      notes: this.notes.items,
    };
  }
}

/** The JSON form of a report. */
export type ImportReportJson = ReturnType<ImportReport['toJson']>;
