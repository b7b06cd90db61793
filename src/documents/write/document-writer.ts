import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { Author } from '../../identity/author';
import { Problem } from '../../problems/problem';
import type { Change, DocumentDefinition } from '../definition/document-definition';
import { changedMembers, type DocumentRow, toData, toDocument } from '../definition/document-rows';
import { ReferenceGraph } from '../references/reference-graph';
import { type KnownDocuments, References, type ResolvedReferences } from '../references/references';

/** What a revision records of a write besides the document. */
interface RevisionRecord extends Pick<WriteContext, 'author' | 'change' | 'reason'> {
  /** The changed members; all by default. */
  changed?: string[];
  /** A member changed on which consumers of the document depend. */
  breaking?: boolean;
}

/** The columns of a new row. */
export type NewRow = { key: string; data: string } & Record<string, unknown>;

/** The types of columns; those of other columns are foreign keys. */
const COLUMN_TYPES: Partial<Record<string, string>> = {
  key: 'text',
  status: 'text',
  data: 'jsonb',
  unresolved_refs: 'text[]',
};

/** The names of the members of a document, in SQL. */
const ALL_MEMBERS = `ARRAY(SELECT jsonb_object_keys(document) COLLATE "C" ORDER BY 1)`;

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
  /** The version that the document is based on: a change of a newer one is refused. */
  basedOn?: number | undefined;
  /** The documents that a bulk write refers to. It resolves pending references to its new documents itself. */
  known?: KnownDocuments | undefined;
  /** No document refers to this one, so that it can close no cycle. */
  isUnreferenced?: boolean;
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
  async insert(
    definition: DocumentDefinition,
    key: string,
    given: object,
    context: WriteContext,
  ): Promise<string | undefined> {
    const cells = await this.prepareInsert(definition, key, given, context);
    const names = Object.keys(cells);
    const placeholders = names.map((_, index) => `$${index + 1}`);
    const [row] = await this.writeWithRevision(
      definition,
      `INSERT INTO ${definition.resource} (${names.join(', ')}) VALUES (${placeholders.join(', ')})
       ON CONFLICT (lower(key)) DO NOTHING`,
      Object.values(cells),
      context,
    );
    if (row) await this.references.resolvePending(definition.resource, [{ key, id: row.id }]);
    return row?.id;
  }

  /**
   * Checks a document that is to be inserted.
   *
   * @returns the columns of its row
   * @throws Problem 422 with every violation
   */
  async prepareInsert(
    definition: DocumentDefinition,
    key: string,
    given: object,
    context: WriteContext,
  ): Promise<NewRow> {
    const added = { key, unresolved_refs: [] };
    const { document, references } = await this.resolve(definition, added, given, undefined, context);
    return { key, ...(await this.check(definition, key, document, undefined, context, references)) };
  }

  /**
   * Inserts rows in their order with one statement, at a fraction of the cost of a statement for each.
   *
   * @param rows from `prepareInsert`, with different keys
   * @returns the ids by key; a key that is taken has none
   */
  async insertAll(
    definition: DocumentDefinition,
    rows: readonly NewRow[],
    context: WriteContext,
  ): Promise<Map<string, string>> {
    const names = Object.keys(rows[0] ?? {});
    const columns = names.map((name) => `${name} ${COLUMN_TYPES[name] ?? 'bigint'}`);
    const written = await this.writeWithRevision(
      definition,
      `INSERT INTO ${definition.resource} (${names.join(', ')})
       SELECT ${names.join(', ')} FROM jsonb_to_recordset($1::jsonb) AS given (${columns.join(', ')})
       ON CONFLICT (lower(key)) DO NOTHING`,
      [`[${rows.map(({ data, ...others }) => `{"data":${data},${JSON.stringify(others).slice(1)}`).join()}]`],
      context,
    );
    return new Map(written.map(({ key, id }) => [key, id]));
  }

  /**
   * Updates a locked row.
   *
   * @returns the new version; an equal document keeps its version and gets no revision
   * @throws Problem 422 with every violation or `version_conflict`, 412 when the row has another version
   */
  async update(
    definition: DocumentDefinition,
    row: DocumentRow,
    given: object,
    context: WriteContext,
  ): Promise<number> {
    const restores = context.change === 'restored';
    const before = toDocument(definition, row);
    const previous = restores ? undefined : before;
    const { document, references } = await this.resolve(definition, row, given, previous, context);
    const changed = changedMembers(before, document);
    if (changed.length === 0 && !restores && !context.recordUnchanged) return row.version;
    const { basedOn = row.version } = context;
    if (basedOn < row.version) {
      const detail = `The document has version ${row.version}, which is newer than ${basedOn}.`;
      throw Problem.invalid([{ pointer: '/version', code: 'version_conflict', detail }]);
    }
    const cells = await this.check(definition, row.key, document, previous, context, references);
    const breaking = changed.some((member) => definition.breaking?.includes(member));
    await this.write(definition, row, 'NULL', cells, { ...context, changed, breaking });
    if (restores) await this.references.resolvePending(definition.resource, [row]);
    return row.version + 1;
  }

  /** Marks a locked row as deleted. Its content stays for revisions and `restore`. */
  async markDeleted(definition: DocumentDefinition, row: DocumentRow, context: WriteContext): Promise<void> {
    await this.write(definition, row, 'now()', {}, { ...context, changed: [], breaking: true });
  }

  private async write(
    definition: DocumentDefinition,
    row: DocumentRow,
    deletedAt: 'now()' | 'NULL',
    cells: Record<string, unknown>,
    record: RevisionRecord,
  ): Promise<void> {
    const assignments = Object.keys(cells).map((name, index) => `, ${name} = $${index + 3}`);
    const [written] = await this.writeWithRevision(
      definition,
      `UPDATE ${definition.resource}
       SET version = version + 1, ${UPDATED}, deleted_at = ${deletedAt}${assignments.join('')}
       WHERE id = $1 AND version = $2`,
      [row.id, row.version, ...Object.values(cells)],
      record,
    );
    if (!written) throw new Problem('precondition_failed');
  }

  /**
   * Runs an INSERT or UPDATE of documents, which inserts a revision for each row in the same statement.
   *
   * @returns the ids and keys of the rows written
   */
  async writeWithRevision(
    { resource, keyMember, initialStatus }: DocumentDefinition,
    sql: string,
    parameters: readonly unknown[],
    { author, change, reason, changed, breaking = false }: RevisionRecord,
  ): Promise<{ id: string; key: string }[]> {
    const at = (index: number) => `$${parameters.length + index}`;
    const status = initialStatus === undefined ? '' : `, 'status', status`;
    return this.database.query(
      `WITH written AS (${sql} RETURNING *), revision AS (
         INSERT INTO revisions (resource, document_id, key, version, change, actor, request_id, reason, changed_fields,
           breaking, data, created_at)
         SELECT '${resource}', id, key, version, ${at(1)}, ${at(2)}, ${at(3)}, ${at(4)},
           coalesce(${at(5)}::text[], ${ALL_MEMBERS}), ${at(6)}, document, updated_at
         FROM written, LATERAL (SELECT data || jsonb_build_object('${keyMember}', key${status}) AS document) AS whole
       )
       SELECT id, key FROM written`,
      [...parameters, change, author.actor, author.requestId, reason ?? null, changed ?? null, breaking],
    );
  }

  /**
   * Resolves the references of a document and adds what the client left out. References that do not change need no
   * check: they were resolved or recorded as unresolved by an earlier write.
   */
  private async resolve(
    definition: DocumentDefinition,
    { key, unresolved_refs: unresolved }: Pick<DocumentRow, 'key' | 'unresolved_refs'>,
    given: object,
    previous: object | undefined,
    { lenient = false, known }: WriteContext,
  ): Promise<{ document: object; references?: ResolvedReferences }> {
    const changed = previous && changedMembers(previous, given);
    const referring = ['status', ...(definition.references ?? []).map(({ member }) => member)];
    const references =
      !changed || referring.some((member) => changed.includes(member))
        ? await this.references.resolve(definition, given as Record<string, unknown>, key, {
            lenient,
            unresolved,
            known,
          })
        : undefined;
    const document = references?.document ?? given;
    return { document: (await definition.complete?.(document)) ?? document, ...(references && { references }) };
  }

  /**
   * Applies every rule and collects all violations.
   *
   * @returns the columns to write
   * @throws Problem 422 with every violation
   */
  private async check(
    definition: DocumentDefinition,
    key: string,
    document: object,
    previous: object | undefined,
    { change, isUnreferenced = false }: WriteContext,
    references: ResolvedReferences | undefined,
  ): Promise<{ data: string } & Record<string, unknown>> {
    const violations = definition.rules?.(document, previous, change) ?? [];
    if (references) {
      violations.push(...references.violations);
      if (!isUnreferenced)
        violations.push(...(await this.graph.findCycles(definition, document as Record<string, unknown>, key)));
    }
    violations.push(...((await definition.storedRules?.(document)) ?? []));
    const data = JSON.stringify(toData(definition, document));
    if (Buffer.byteLength(data) > MAX_BYTES)
      violations.push({ pointer: '', code: 'too_long', detail: `A document must have at most ${MAX_BYTES} bytes.` });
    if (violations.length > 0) throw Problem.invalid(violations);
    const { status } = document as { status?: string };
    return {
      data,
      ...(status !== undefined && { status }),
      ...(references && { unresolved_refs: references.unresolved, ...references.columns }),
    };
  }
}
