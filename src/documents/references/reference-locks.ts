import type { Database } from '../../database/database';
import type { DocumentDefinition } from '../definition/document-definition';

/** What a write will change. */
export interface IntendedWrite {
  /** The documents or patches to write. Without them every reference may change. */
  inputs?: readonly Record<string, unknown>[];
  /** Creates or restores a document, which may resolve references to its key. */
  creates?: boolean;
  /** Accepts references to unknown keys. */
  lenient?: boolean;
  /** Locks a row against references (FOR UPDATE) and then refers to other rows itself. */
  excludesReferences?: boolean | undefined;
}

/**
 * Takes advisory locks until the transaction ends, before it locks any row. All transactions take them in the same
 * order, so they cannot deadlock.
 * - A write that accepts unknown keys excludes writes that create documents of the referenced resource. Otherwise
 *   neither would see the other's uncommitted rows, and the reference would stay unresolved.
 * - A write that changes acyclic references excludes other writes that do.
 * - A write that locks a row against references excludes other writes that do.
 */
export async function lockReferences(
  database: Database,
  { resource, references = [] }: DocumentDefinition,
  { inputs, creates, lenient, excludesReferences }: IntendedWrite,
): Promise<void> {
  const unresolvable = new Set(lenient ? references.map(({ to }) => to) : []);
  const arrivals = [...new Set([...unresolvable, ...(creates ? [resource] : [])])].sort();
  const mayChange = (member: string) =>
    !inputs || inputs.some((input) => input[member] !== undefined && input[member] !== null);
  // A new root can make the tree of unresolved descendants too deep.
  const graphs = references.filter(
    ({ acyclic, maxDepth, member }) => acyclic && (maxDepth !== undefined || mayChange(member)),
  );
  const locks = [
    ...arrivals.map((to) => [unresolvable.has(to) ? '' : '_shared', `arrivals ${to}`] as const),
    ...graphs.map(({ member }) => ['', `graph ${resource} ${member}`] as const),
    ...(excludesReferences ? [['', `exclusion ${resource}`] as const] : []),
  ];
  if (locks.length === 0) return;
  const calls = locks.map(([mode], index) => `pg_advisory_xact_lock${mode}(hashtextextended($${index + 1}, 0))`);
  await database.query(
    `SELECT ${calls.join(', ')}`,
    locks.map(([, name]) => name),
  );
}
