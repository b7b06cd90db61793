/** What happens with documents that a source no longer has. */
export const PRUNE_ACTIONS = ['report', 'flag', 'deprecate'] as const;
export type PruneAction = (typeof PRUNE_ACTIONS)[number];

/** Whether documents take the status that their source gives them. */
export const STATUS_POLICIES = ['keep', 'source'] as const;
export type StatusPolicy = (typeof STATUS_POLICIES)[number];

/** What happens with a member that was changed here and, differently, by the source. */
export const CONFLICT_RULES = ['local', 'source', 'refuse'] as const;
export type ConflictRule = (typeof CONFLICT_RULES)[number];

/** The settings of a source of repeated imports. */
export interface SourceSettings {
  /** The format of its files; found by their content by default. */
  format?: string | null;
  /** Begins the keys of its documents. */
  key_prefix?: string | null;
  /** The domain of documents without one. */
  default_domain?: string | null;
  /** The owner of documents without one. */
  default_owner?: string | null;
  status_policy?: StatusPolicy;
  prune?: PruneAction;
  on_conflict?: ConflictRule;
}

/** A source as it is stored. */
export interface Source extends Required<SourceSettings> {
  key: string;
}
