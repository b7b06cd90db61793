import type { NewRow } from '../write/document-writer';
import type { Candidate } from './bulk-result';

/** Rows and characters of JSON that one statement inserts. */
const MAX_ROWS = 500;
const MAX_LENGTH = 4_000_000;

/** A document that has been checked, with the columns of its row. */
export interface QueuedInsert {
  candidate: Candidate;
  row: NewRow;
}

/** The documents of a bulk write that are inserted together. */
export class InsertQueue {
  private queued: QueuedInsert[] = [];
  private readonly statuses = new Set<unknown>();
  private length = 0;

  /** @param maxRows 1 to insert each document by itself */
  constructor(private readonly maxRows = MAX_ROWS) {}

  /** Whether it has a document whose status is neither of these. */
  hasOtherStatus(...statuses: unknown[]): boolean {
    return [...this.statuses].some((status) => !statuses.includes(status));
  }

  /** @returns whether the queue is full */
  add(insert: QueuedInsert): boolean {
    this.queued.push(insert);
    this.statuses.add(insert.row['status']);
    this.length += insert.row.data.length;
    return this.queued.length >= this.maxRows || this.length >= MAX_LENGTH;
  }

  /** Empties the queue. @returns what it had, in order */
  take(): QueuedInsert[] {
    const taken = this.queued;
    this.queued = [];
    this.statuses.clear();
    this.length = 0;
    return taken;
  }
}
