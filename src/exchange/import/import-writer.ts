import { type Database } from '../../database/database';
import type { Bulk } from '../../documents/bulk/bulk';
import type { BulkItem, BulkOptions } from '../../documents/bulk/bulk-result';
import type { DocumentStore } from '../../documents/document-store';
import { Problem } from '../../problems/problem';
import type { JsonObject } from '../files/catalogue-entry';
import type { SourceDocuments } from '../sources/source-documents';
import type { Decision } from './decision';
import { DocumentDecisions } from './document-decisions';
import type { DocumentSpool, SpooledDocument } from './document-spool';
import type { ImportSettings } from './import-options';
import type { Outcome } from './import-outcome';
import type { MetricLifecycle } from './metric-lifecycle';
import { inSourceForm, prefixed } from './source-form';

/** Documents that are read and written at once, as many as a bulk request may have. */
export const BATCH = 1000;

/** What an import uses. */
export interface ImportServices {
  database: Database;
  bulk: Bulk;
  sourceDocuments: SourceDocuments;
  lifecycle: MetricLifecycle;
}

/** A document with what an import does with it. */
interface Planned {
  place: SpooledDocument;
  key: string;
  decision: Decision;
}

/** Decides on the documents of one resource and writes them, batch by batch. */
export class ImportWriter {
  private readonly decisions: DocumentDecisions;
  readonly documents: readonly SpooledDocument[];

  constructor(
    private readonly services: ImportServices,
    readonly store: DocumentStore<object>,
    private readonly spool: DocumentSpool,
    private readonly settings: ImportSettings,
  ) {
    this.decisions = new DocumentDecisions(store.definition, settings);
    this.documents = spool.documentsOf(store.definition.resource);
  }

  private get bulkOptions(): BulkOptions {
    const { mode, lenient, reason } = this.settings;
    return { mode: mode === 'create' ? 'create' : 'upsert', atomic: false, dryRun: false, lenient, reason };
  }

  /** The key that a document has here. */
  keyOf = ({ key }: Pick<SpooledDocument, 'key'>): string => prefixed(this.settings.source?.key_prefix, key.trim());

  /** Decides on documents from their present rows, without a lock. */
  async plan(places: readonly SpooledDocument[]): Promise<Planned[]> {
    const { definition, locks } = this.store;
    const { source } = this.settings;
    const given = await this.spool.read(definition.resource, places);
    const keys = places.map((place) => this.keyOf(place).toLowerCase());
    const rows = await locks.readLocked(keys);
    const bases = source
      ? await this.services.sourceDocuments.readBases(source.key, definition.resource, keys)
      : new Map<string, JsonObject>();
    const has = (resource: string, key: string) => this.spool.has(resource, key);
    return places.map((place, index) => {
      const key = keys[index] ?? '';
      const read = given[index] ?? {};
      const document = source ? inSourceForm(definition, read, source, has) : read;
      const decision = this.decisions.decide({ document, row: rows.get(key), base: bases.get(key) });
      return { place, key: this.keyOf(place), decision };
    });
  }

  /** Takes every lock of `write`, in key order. */
  async lock(places: readonly SpooledDocument[]): Promise<void> {
    const { definition } = this.store;
    const members: JsonObject = {};
    const documents: { key: string; document: JsonObject }[] = [];
    for (let start = 0; start < places.length; start += BATCH) {
      const batch = places.slice(start, start + BATCH);
      // The locks depend on which references any document has.
      for (const document of await this.spool.read(definition.resource, batch)) Object.assign(members, document);
      documents.push(...batch.map((place) => ({ key: this.keyOf(place), document: {} })));
    }
    if (documents[0]) documents[0].document = members;
    await this.services.bulk.lock(definition, documents, this.bulkOptions);
  }

  /** Decides again, now that the rows are locked, and writes. Must run in a transaction after `lock`. */
  async write(places: readonly SpooledDocument[]): Promise<Outcome[]> {
    const { bulk, sourceDocuments } = this.services;
    const { source, author, startedAt } = this.settings;
    const { resource } = this.store.definition;
    const planned = await this.plan(places);
    const writes = planned.filter(({ decision }) => decision.result === 'write');
    const items = writes.map(({ place, decision }, item): BulkItem => ({
      item,
      line: place.line,
      value: decision.document,
    }));
    const results = items.length > 0 ? await bulk.write(this.store, items, this.bulkOptions, author) : [];
    const resultOf = new Map(writes.map((one, index) => [one, results[index]]));
    const outcomes: Outcome[] = [];
    const bases = new Map<string, JsonObject>();
    for (const one of planned) {
      const { place, key, decision } = one;
      const written = resultOf.get(one);
      let result = written?.result ?? (decision.result === 'write' ? 'refused' : decision.result);
      const violations = written?.errors ?? decision.violations;
      const refusal = result === 'refused' ? undefined : await this.takeStatus(one);
      if (result === 'unchanged' && decision.transition !== undefined && refusal === undefined) result = 'updated';
      const notes = [...decision.notes, ...(refusal === undefined ? [] : [refusal])];
      outcomes.push({ place, key, result, decision: { ...decision, violations, notes } });
      if (result !== 'refused' && decision.base) bases.set(key.toLowerCase(), decision.base);
    }
    if (source) await sourceDocuments.save(source.key, resource, bases, startedAt);
    return outcomes;
  }

  /** Takes the status of the source. @returns a note if that is not possible */
  private async takeStatus({ key, decision: { transition, document } }: Planned): Promise<string | undefined> {
    if (transition === undefined) return undefined;
    const { author, reason = 'import' } = this.settings;
    try {
      if (this.store.definition.resource === 'metrics') {
        const { status } = document as { status?: string };
        await this.services.lifecycle.moveTo(key, status, transition, reason, author);
      } else {
        const write = { key, preconditions: {}, author };
        await this.store.change(write, (before) => ({ ...before, status: transition }), { reason });
      }
      return undefined;
    } catch (error) {
      // A change checks everything before it writes.
      if (!(error instanceof Problem) || error.status >= 500) throw error;
      return `The document does not take the status ${transition} of its source: ${error.message}`;
    }
  }
}
