import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { DocumentDefinition } from '../definition/document-definition';

export interface IntendedWrite {
  /** The documents or patches to be written, for the references they name; without them, whatever can be named. */
  inputs?: readonly Record<string, unknown>[];
  /** A document comes to life: others may be waiting for its key. */
  creates?: boolean;
  /** References to unknown keys will be kept. */
  lenient?: boolean;
}

/**
 * Locks of a transaction that are taken before it locks any row, always in the same order, so that they take part in
 * no deadlock.
 */
@Injectable()
export class ReferenceLocks {
  constructor(private readonly database: Database) {}

  /**
   * - Whoever keeps a reference to an unknown key excludes those who create documents of that resource: each would miss
   *   what the other has not committed, and the reference would stay open for good.
   * - Whoever changes references that must close no cycle excludes the others who do.
   */
  async take(
    { resource, references = [] }: DocumentDefinition,
    { inputs, creates, lenient }: IntendedWrite,
  ): Promise<void> {
    const open = new Set(lenient ? references.map(({ to }) => to) : []);
    const arrivals = [...new Set([...open, ...(creates ? [resource] : [])])].sort();
    const names = (member: string) =>
      !inputs || inputs.some((input) => input[member] !== undefined && input[member] !== null);
    // In a tree a new root may be one too many for what waits below it.
    const graphs = references.filter(
      ({ acyclic, maxDepth, member }) => acyclic && (maxDepth !== undefined || names(member)),
    );
    const locks = [
      ...arrivals.map((to) => [open.has(to) ? '' : '_shared', `arrivals ${to}`] as const),
      ...graphs.map(({ member }) => ['', `graph ${resource} ${member}`] as const),
    ];
    if (locks.length === 0) return;
    const calls = locks.map(([mode], index) => `pg_advisory_xact_lock${mode}(hashtextextended($${index + 1}, 0))`);
    await this.database.query(
      `SELECT ${calls.join(', ')}`,
      locks.map(([, name]) => name),
    );
  }
}
