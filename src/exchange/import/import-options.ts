import { randomUUID } from 'node:crypto';
import type { Author } from '../../identity/author';
import type { ConflictRule, PruneAction, Source, StatusPolicy } from '../sources/source';

export const IMPORT_MODES = ['merge', 'upsert', 'create'] as const;
export type ImportMode = (typeof IMPORT_MODES)[number];

/** A file of an import. */
export interface ImportFile {
  path: string;
  /** The name in the report. */
  name: string;
}

/** The options of an import as a client gives them. */
export interface ImportOptions {
  /** The key of the source, which marks the import as a repeated one. */
  source?: string;
  /** The format of the files; found by their content by default. */
  format?: string;
  /** Skip files that have no definition instead of refusing them. */
  skipUnknown?: boolean;
  /** `merge` with a source, otherwise `upsert`. */
  mode?: ImportMode;
  /** Check everything, write nothing. */
  dryRun?: boolean;
  /** Refuse references to unknown keys. By default they are stored and listed at the end. */
  strict?: boolean;
  /** Write nothing if a document is refused; ignored above 20,000 documents. */
  atomic?: boolean;
  /** These three replace the settings of the source. */
  prune?: PruneAction;
  status?: StatusPolicy;
  onConflict?: ConflictRule;
  /** Skip documents whose key exists, also as a deleted document. */
  onlyMissing?: boolean;
  /** The actor of the revisions; `import` by default. */
  actor?: string;
  /** The author of the revisions, instead of `actor`. */
  author?: Author;
  /** Read the files in a process of its own, with a limit of memory and time. */
  isolated?: boolean;
  /** Stops the import between two batches. */
  signal?: AbortSignal;
}

/** The options of an import with the settings of its source. */
export interface ImportSettings {
  source: Source | undefined;
  mode: ImportMode;
  dryRun: boolean;
  lenient: boolean;
  atomic: boolean;
  onlyMissing: boolean;
  prune: PruneAction;
  /** Undefined without a source: a status must be that of the document. */
  status: StatusPolicy | undefined;
  onConflict: ConflictRule;
  author: Author;
  /** The reason in the revisions. */
  reason: string | undefined;
  /** The time in `seen_at` of the documents of the source. */
  startedAt: string;
  signal: AbortSignal | undefined;
}

/** Completes the options of an import. */
export function settingsOf(options: ImportOptions, source: Source | undefined): ImportSettings {
  const { actor = 'import', author = { actor, requestId: randomUUID(), address: '' } } = options;
  return {
    source,
    mode: options.mode ?? (source ? 'merge' : 'upsert'),
    dryRun: options.dryRun ?? false,
    lenient: !(options.strict ?? false),
    atomic: options.atomic ?? true,
    onlyMissing: options.onlyMissing ?? false,
    prune: options.prune ?? source?.prune ?? 'report',
    status: options.status ?? source?.status_policy,
    onConflict: options.onConflict ?? source?.on_conflict ?? 'local',
    author,
    reason: source && `import ${source.key}`,
    startedAt: new Date().toISOString(),
    signal: options.signal,
  };
}
