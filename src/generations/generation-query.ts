import type { Connection, Submittable } from 'pg';
import { serialize } from 'pg-protocol';

/** The name of the statement, prepared when the connection is made. */
export const STATEMENT = 'generation';

/** The same for every question: Bind, Execute, Sync (PostgreSQL manual, 54.2.3), without a description of the columns. */
const BYTES = Buffer.concat([serialize.bind({ statement: STATEMENT }), serialize.execute(), serialize.sync()]);

type Callback = (error: Error | null, fields?: (string | null)[]) => void;

/**
 * Asks for the generation with nothing between: pg's own query copies its configuration, describes the columns and makes
 * an object of the row each time, and this question is asked before every read (docs/performance.md). The interface is the
 * one that pg has for cursors and streams.
 */
export class GenerationQuery implements Submittable {
  private fields: (string | null)[] = [];

  /** The client puts its own around it, to stop its timer. */
  constructor(public callback: Callback) {}

  submit({ stream }: Connection): void {
    stream.write(BYTES);
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    this.fields = fields;
  }

  handleCommandComplete(): void {
    // What counts is that the server is ready.
  }

  handleReadyForQuery(): void {
    this.callback(null, this.fields);
  }

  handleError(error: Error): void {
    this.callback(error);
  }
}
