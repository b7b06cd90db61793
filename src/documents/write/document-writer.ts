import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { Author } from '../../identity/author';
import { Problem } from '../../problems/problem';
import type { DocumentDefinition } from '../definition/document-definition';
import { changedMembers, type DocumentRow, toData, toDocument } from '../definition/document-rows';
import { ReferenceGraph } from '../references/reference-graph';
import { References, type ResolvedReferences } from '../references/references';
import type { Change } from '../definition/change';

/** Uses the clock instead of the transaction start, and increases with each version. */
export const UPDATED = `updated_at = greatest(clock_timestamp(), updated_at + interval '1 millisecond')`;

/** Maximum size of a document as JSON. */
const MAX_BYTES = 65_536;

/** The properties of a write other than its document. */
export interface WriteContext {
  author: Author;
  change: Change;
  reason?: string | undefined;
  /** Creates a revision even if the document does not change. */
  recordUnchanged?: boolean | undefined;
  /** Records references to unknown keys in `unresolved_refs` instead of refusing them. */
  lenient?: boolean | undefined;
}

/**
 * Writes documents: validates the rules, then writes the row and its revision in one statement. Must run in a
 * transaction in which the row is already locked.
 */
@Injectable()
export class DocumentWriter {
  constructor(
    private readonly database: Database,
    private readonly references: References,
    private readonly graph: ReferenceGraph,
  ) {}

  /**
   * Inserts a document.
   *
   * @returns the id of the row, or undefined when the key is taken
   * @throws Problem 422 with every violation
   */
  async insert<D extends object>(
    definition: DocumentDefinition<D>,
    key: string,
    given: D,
    context: WriteContext,
  ): Promise<string | undefined> {
    const document = (await definition.complete?.(given)) ?? given;
    const { data, references } = await this.check(definition, key, document, undefined, [], context);
    const { columns, unresolved } = references ?? { columns: {}, unresolved: [] };
    const { status } = document as { status?: string };
    const cells = {
      key,
      data: JSON.stringify(data),
      unresolved_refs: unresolved,
      ...(status !== undefined && { status }),
      ...columns,
    };
    const names = Object.keys(cells);
    const placeholders = names.map((_, index) => `$${index + 1}`);
    const [row] = await this.database.query<{ id: string }>(
      `WITH written AS (
         INSERT INTO ${definition.resource} (${names.join(', ')}) VALUES (${placeholders.join(', ')})
         ON CONFLICT (lower(key)) DO NOTHING RETURNING *
       ), revision AS (${this.revision(definition, names.length)})
       SELECT id FROM written`,
      [...Object.values(cells), ...this.revisionValues(context, Object.keys(document).sort(), false)],
    );
    if (row) await this.references.resolvePending(definition.resource, key, row.id);
    return row?.id;
  }

  /**
   * Updates a locked row.
   *
   * @returns the new version; an equal document keeps its version and gets no revision
   * @throws Problem 422 with every violation, 412 when the row has another version
   */
  async update<D extends object>(
    definition: DocumentDefinition<D>,
    row: DocumentRow,
    given: D,
    context: WriteContext,
  ): Promise<number> {
    const document = (await definition.complete?.(given)) ?? given;
    const before = toDocument(definition, row);
    const changed = changedMembers(before, document);
    const restores = context.change === 'restored';
    if (changed.length === 0 && !restores && !context.recordUnchanged) return row.version;
    const { data, references } = await this.check(
      definition,
      row.key,
      document,
      restores ? undefined : before,
      row.unresolved_refs,
      context,
    );
    const { status } = document as { status?: string };
    const cells = {
      data: JSON.stringify(data),
      ...(status !== undefined && { status }),
      ...(references && { unresolved_refs: references.unresolved, ...references.columns }),
    };
    const breaking = changed.some((member) => definition.breaking?.includes(member));
    await this.write(definition, row, cells, this.revisionValues(context, changed, breaking), 'NULL');
    if (restores) await this.references.resolvePending(definition.resource, row.key, row.id);
    return row.version + 1;
  }

  /** Marks a locked row as deleted. Its content stays for revisions and `restore`. */
  async markDeleted(definition: DocumentDefinition, row: DocumentRow, context: WriteContext): Promise<void> {
    await this.write(definition, row, {}, this.revisionValues(context, [], true), 'now()');
  }

  private async write(
    definition: DocumentDefinition,
    row: DocumentRow,
    cells: Record<string, unknown>,
    revision: unknown[],
    deletedAt: 'now()' | 'NULL',
  ): Promise<void> {
    const names = Object.keys(cells);
    const assignments = [
      'version = version + 1',
      UPDATED,
      `deleted_at = ${deletedAt}`,
      ...names.map((name, index) => `${name} = $${index + 3}`),
    ];
    const [written] = await this.database.query<{ id: string }>(
      `WITH written AS (
         UPDATE ${definition.resource} SET ${assignments.join(', ')}
         WHERE id = $1 AND version = $2 RETURNING *
       ), revision AS (${this.revision(definition, names.length + 2)})
       SELECT id FROM written`,
      [row.id, row.version, ...Object.values(cells), ...revision],
    );
    if (!written) throw new Problem('precondition_failed');
  }

  /** SQL that inserts the revision of the row `written`; its parameters start after `offset` others. */
  revision({ resource, keyMember, initialStatus }: DocumentDefinition, offset: number): string {
    const at = (index: number) => `$${offset + index}`;
    const status = initialStatus === undefined ? '' : `, 'status', status`;
    return `INSERT INTO revisions (resource, document_id, key, version, change, actor, request_id, reason, changed_fields,
        breaking, data, created_at)
      SELECT '${resource}', id, key, version, ${at(1)}, ${at(2)}, ${at(3)}, ${at(4)}, ${at(5)}, ${at(6)},
        data || jsonb_build_object('${keyMember}', key${status}), updated_at FROM written`;
  }

  /** The parameters of `revision`. */
  revisionValues({ author, change, reason }: WriteContext, changed: string[], breaking: boolean): unknown[] {
    return [change, author.actor, author.requestId, reason ?? null, changed, breaking];
  }

  /** Applies every rule and collects all violations. @throws Problem 422 with every violation */
  private async check<D extends object>(
    definition: DocumentDefinition<D>,
    key: string,
    document: D,
    before: D | undefined,
    unresolved: readonly string[],
    { change, lenient = false }: WriteContext,
  ) {
    const violations = definition.rules?.(document, before, change) ?? [];
    const members = document as Record<string, unknown>;
    let references: ResolvedReferences | undefined;
    if (!before || this.changesReferences(definition, members, before as Record<string, unknown>)) {
      references = await this.references.resolve(definition, members, key, { lenient, unresolved });
      violations.push(...references.violations, ...(await this.graph.findCycles(definition, members, key)));
    }
    violations.push(...((await definition.storedRules?.(document)) ?? []));
    const data = toData(definition, document);
    if (Buffer.byteLength(JSON.stringify(data)) > MAX_BYTES)
      violations.push({ pointer: '', code: 'too_long', detail: `A document must have at most ${MAX_BYTES} bytes.` });
    if (violations.length > 0) throw Problem.invalid(violations);
    return { data, references };
  }

  /** References that do not change need no check: they were resolved or recorded as unresolved by an earlier write. */
  private changesReferences(
    { references = [] }: DocumentDefinition,
    document: Record<string, unknown>,
    before: Record<string, unknown>,
  ): boolean {
    return ['status', ...references.map(({ member }) => member)].some(
      (member) => !isDeepStrictEqual(document[member], before[member]),
    );
  }
}
