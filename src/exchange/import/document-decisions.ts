import { isDeepStrictEqual } from 'node:util';
import type { DocumentDefinition } from '../../documents/definition/document-definition';
import { type DocumentRow, toDocument } from '../../documents/definition/document-rows';
import { propertiesOf } from '../../validation/schema';
import { validate } from '../../validation/validate';
import type { JsonObject } from '../files/catalogue-entry';
import { keySlug } from '../first-mdl/values';
import { type MemberConflict, mergeValue } from '../merge/merge-values';
import type { Decision, ImportViolation } from './decision';
import type { ImportSettings } from './import-options';
import { isFlagged, unflag } from './removed-flag';
import { repairMerge } from './merge-repair';
import { spelledLike } from './source-form';

/** A document of a source, the row with its key and what the source said last. */
export interface GivenDocument {
  document: JsonObject;
  row: DocumentRow | undefined;
  base: JsonObject | undefined;
}

/** Decides what an import does with each document of one resource. */
export class DocumentDecisions {
  private readonly domainMember: string | undefined;
  private readonly statuses: readonly unknown[];

  constructor(
    private readonly definition: DocumentDefinition,
    private readonly settings: ImportSettings,
  ) {
    const { resource, references = [], schema } = definition;
    this.domainMember = references.find(({ to, column }) => to === 'domains' && to !== resource && column)?.member;
    const status = propertiesOf(schema).get('status')?.schema;
    this.statuses = typeof status === 'object' ? ((status['enum'] as unknown[] | undefined) ?? []) : [];
  }

  decide({ document: given, row, base }: GivenDocument): Decision {
    const { settings, definition } = this;
    const notes: string[] = [];
    if (settings.onlyMissing && row) return this.unchanged(given);
    const { version, deleted_at } = given;
    if (row?.deleted && settings.mode === 'merge' && typeof deleted_at !== 'string')
      return this.unchanged(given, ['The document is deleted here and stays deleted.']);
    const { document, status } = this.withoutStatus(given, notes);
    const { value, violations } = validate<JsonObject>(definition.schema as never, document);
    if (violations.length > 0) return { ...this.unchanged(document), result: 'refused', violations };
    const state = { ...(version !== undefined && { version }), ...(deleted_at !== undefined && { deleted_at }) };
    // A line of a deleted document changes nothing, and Bulk knows when it is refused.
    if (!row || row.deleted || settings.mode === 'create' || typeof deleted_at === 'string')
      return this.create(value, status, state, notes);
    return this.change({ value, status, row, base, notes, state });
  }

  /** Takes the status out of a document, where it must not refuse the document. */
  private withoutStatus(given: JsonObject, notes: string[]): { document: JsonObject; status?: string } {
    if (this.settings.status === undefined || given['status'] === undefined) return { document: given };
    const { status, ...document } = given;
    if (this.settings.status === 'keep') return { document };
    const word = typeof status === 'string' ? status.toLowerCase() : status;
    if (this.statuses.includes(word)) return { document, status: word as string };
    notes.push(`The source has the status ${JSON.stringify(status).slice(0, 100)}, which does not exist here.`);
    return { document };
  }

  private unchanged(document: JsonObject, notes: string[] = []): Decision {
    return { result: 'unchanged', document, violations: [], conflicts: [], notes };
  }

  private create(value: JsonObject, status: string | undefined, state: JsonObject, notes: string[]): Decision {
    const { initialStatus } = this.definition;
    const base = this.baseOf(value, status);
    let document = value;
    if (status !== undefined && initialStatus !== undefined) {
      const missing = this.gate({ ...value, status }, { ...value, status: initialStatus });
      if (missing.length === 0) document = { ...value, status };
      else notes.push(statusNote(status, missing));
    }
    const decision = { ...this.unchanged(document, notes), result: 'write' as const, base };
    return { ...decision, document: { ...document, ...state } };
  }

  private change(found: {
    value: JsonObject;
    status: string | undefined;
    row: DocumentRow;
    base: JsonObject | undefined;
    notes: string[];
    state: JsonObject;
  }): Decision {
    const { row, notes, state } = found;
    const { definition, settings } = this;
    const { keyMember, initialStatus } = definition;
    const stored = toDocument(definition, row) as JsonObject;
    const local = settings.source ? unflag(stored, settings.source.key) : stored;
    const before = found.base && spelledLike(definition, found.base, local);
    const value = spelledLike(definition, this.withPresentDomain(found.value, local, before, notes), local);
    const base = this.baseOf(value, found.status);
    const conflicts: MemberConflict[] = [];
    const keep = { [keyMember]: row.key, ...(initialStatus !== undefined && { status: row.status }) };
    let next: JsonObject = {
      ...(initialStatus !== undefined && { status: row.status }),
      ...value,
      [keyMember]: row.key,
    };
    if (settings.mode === 'merge') {
      const versions = { base: this.content(before ?? {}), local: this.content(local), source: this.content(value) };
      const prefer = settings.onConflict === 'source' ? 'source' : 'local';
      const onConflict = (conflict: MemberConflict) => {
        if (!conflicts.some(({ member }) => member === conflict.member)) conflicts.push(conflict);
      };
      const merged = mergeValue(versions, '', { prefer, onConflict }) as JsonObject | undefined;
      next = repairMerge(definition, { ...versions, merged: merged ?? {}, keep }, onConflict);
    }
    const transition = this.transition(found, local, before, next, conflicts);
    if (settings.onConflict === 'refuse' && conflicts.length > 0)
      return { ...this.unchanged(value), result: 'refused', violations: conflicts.map(toViolation) };
    if (settings.source && isFlagged(stored, settings.source.key) && row.status === 'deprecated')
      notes.push('The source has the document again. It stays deprecated.');
    const isSame = isDeepStrictEqual(next, stored) && transition === undefined;
    const kept = settings.onConflict === 'source' ? ('source' as const) : ('local' as const);
    const place = { resource: definition.resource, key: row.key };
    return {
      ...this.unchanged({ ...next, ...state }, notes),
      result: isSame ? 'unchanged' : 'write',
      base: isDeepStrictEqual(base, found.base) ? undefined : base,
      conflicts: conflicts.map((conflict) => ({ ...place, kept, ...conflict })),
      transition,
    };
  }

  /** What the source says of a document; undefined without a source. */
  private baseOf(value: JsonObject, status: string | undefined): JsonObject | undefined {
    if (!this.settings.source) return undefined;
    const { [this.definition.keyMember]: _, ...members } = value;
    return { ...members, ...(status !== undefined && { status }) };
  }

  /** The members that are merged: without the key, and without the status where it has rules of its own. */
  private content(document: JsonObject): JsonObject {
    const { [this.definition.keyMember]: _, ...members } = document;
    if (this.definition.initialStatus !== undefined) delete members['status'];
    return members;
  }

  /** The status to take: that of the source, if it is the source that has changed it. */
  private transition(
    { status, row }: { status: string | undefined; row: DocumentRow },
    local: JsonObject,
    before: JsonObject | undefined,
    next: JsonObject,
    conflicts: MemberConflict[],
  ): string | undefined {
    if (this.settings.status !== 'source' || status === undefined || status === row.status) return undefined;
    const base = before?.['status'];
    if (this.settings.mode !== 'merge' || base === undefined || base === local['status']) return status;
    if (base !== status) {
      conflicts.push({ member: '/status', base, local: next['status'], source: status });
      if (this.settings.onConflict === 'source') return status;
    }
    return undefined;
  }

  /** The violations that a document has because of its status. */
  private gate(document: JsonObject, otherwise: JsonObject): ImportViolation[] {
    const others = new Set((this.definition.rules?.(otherwise, undefined, 'created') ?? []).map(placeOf));
    const found = this.definition.rules?.(document, undefined, 'created') ?? [];
    return found.filter((violation) => !others.has(placeOf(violation)));
  }

  /**
   * Keeps the domain of a document whose source names one that does not exist here: its slug would refer to nothing.
   * The name stays in `extra`.
   */
  private withPresentDomain(
    value: JsonObject,
    local: JsonObject,
    base: JsonObject | undefined,
    notes: string[],
  ): JsonObject {
    const member = this.domainMember;
    const name = (value['extra'] as JsonObject | undefined)?.['business_domain'];
    if (member === undefined || local[member] === undefined || typeof name !== 'string') return value;
    if (value[member] !== keySlug(name) || value[member] === local[member]) return value;
    notes.push(`There is no domain named “${name.slice(0, 100)}”. The document keeps its ${member}.`);
    return { ...value, [member]: base?.[member] ?? local[member] };
  }
}

const placeOf = ({ code, pointer = '' }: ImportViolation) => `${code} ${pointer}`;

const toViolation = ({ member }: MemberConflict): ImportViolation => ({
  pointer: member,
  code: 'import_conflict',
  detail: 'The member was changed here and by the source.',
});

/** The note on a status of the source that a document cannot have. */
export const statusNote = (status: string, missing: readonly ImportViolation[]): string =>
  `The document does not take the status ${status} of its source: ` +
  missing.map(({ pointer = '', code }) => `${pointer.slice(1).replaceAll('/', '.')} ${code}`).join(', ');
