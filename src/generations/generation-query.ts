import type { Connection, Submittable } from 'pg';
import { serialize } from 'pg-protocol';

/** The name of the prepared statement. */
export const STATEMENT = 'generation';

/** Bind, Execute and Sync without Describe (PostgreSQL manual, 54.2.3): the same bytes for every query. */
const BYTES = Buffer.concat([serialize.bind({ statement: STATEMENT }), serialize.execute(), serialize.sync()]);

type Callback = (error: Error | null, fields?: (string | null)[]) => void;

/**
 * Reads the generation at the lowest cost: pg's own query copies its configuration, describes the columns and builds an
 * object of the row each time, and this query runs before every read (docs/performance.md). It implements the interface
 * that pg offers for cursors and streams.
 */
export class GenerationQuery implements Submittable {
  private fields: (string | null)[] = [];

  /** The client wraps the callback to stop its timer. */
  constructor(public callback: Callback) {}

  submit({ stream }: Connection): void {
    stream.write(BYTES);
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    this.fields = fields;
  }

  handleCommandComplete(): void {
    // The query ends with ReadyForQuery.
  }

  handleReadyForQuery(): void {
    this.callback(null, this.fields);
  }

  handleError(error: Error): void {
    this.callback(error);
  }
}
