import { randomUUID } from 'node:crypto';

/**
 * - `acknowledged`: the client received a success
 * - `unknown`: the response was lost, or a 5xx; the write may have happened
 * - `refused`: the client received a 4xx
 */
export type Outcome = 'acknowledged' | 'unknown' | 'refused';

/** One write request. Each document in it has a mark that no other write has. */
export interface RecordedWrite {
  kind: string;
  /** Whether it creates documents; otherwise it changes one, which keeps the mark of its last change only. */
  creates: boolean;
  marks: readonly string[];
  outcome: Outcome;
}

/** A metric whose counter each write raises by one, with If-Match. */
export interface Counter {
  key: string;
  /** The highest value that a client received. */
  known: number;
}

/** All writes of a run, to compare with the database at the end. */
export class WriteLedger {
  readonly writes: RecordedWrite[] = [];
  readonly counters: Counter[];

  /** Writes that were acknowledged. */
  acknowledged = 0;

  constructor(counters: number) {
    this.counters = Array.from({ length: counters }, (_, index) => ({ key: `counter-${index}`, known: 0 }));
  }

  /** Records a write of some documents before it is sent. */
  begin(kind: string, { documents = 1, creates = true } = {}): RecordedWrite {
    const marks = Array.from({ length: documents }, () => randomUUID());
    const write: RecordedWrite = { kind, creates, marks, outcome: 'unknown' };
    this.writes.push(write);
    return write;
  }

  settle(write: RecordedWrite, outcome: Outcome): void {
    write.outcome = outcome;
    if (outcome === 'acknowledged') this.acknowledged++;
  }
}
