import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Client, type Connection, type Submittable } from 'pg';
import { serialize } from 'pg-protocol';
import { destroyConnection } from '../database/connection';
import { Distribution } from '../instrumentation/distribution';
import { CacheSettings } from './cache-settings';

/**
 * The state of the database at one moment. A generation is a counter that every committed write to a resource advances:
 * while the counter of a resource is unchanged, so are its rows.
 */
export class Generation {
  private readonly tags = new Map<readonly string[], string>();

  /**
   * @param epoch identity of the database's history; counters of different epochs cannot be compared
   * @param names the resources
   * @param numbers the counter of each resource
   * @param queriedAt when the query was sent, in milliseconds of `performance.now()`; the state is that of this moment
   *   or of a later one
   */
  constructor(
    readonly epoch: string,
    private readonly names: readonly string[],
    private readonly numbers: readonly string[],
    readonly queriedAt: number,
  ) {}

  /** The state of some resources as text: equal texts mean equal rows. Built once for each array of resources. */
  tag(resources: readonly string[]): string {
    let tag = this.tags.get(resources);
    if (tag === undefined) {
      tag = `${this.epoch}.${resources.map((resource) => this.numbers[this.names.indexOf(resource)]).join('.')}`;
      this.tags.set(resources, tag);
    }
    return tag;
  }
}

/**
 * The epoch identifies the server, its timeline, its start and the database: a restored dump, a promoted replica or a
 * restarted server may continue from lower counters (PostgreSQL manual, 9.28 and 9.27.1). A replica is refused because
 * it lags: `pg_current_wal_lsn` fails there.
 */
const EPOCH = `
  SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()), substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),
    extract(epoch FROM pg_postmaster_start_time()), (SELECT oid FROM pg_database WHERE datname = current_database())) AS epoch`;

/** The name of the prepared statement. */
const STATEMENT = 'generation';

/** Bind, Execute and Sync without Describe (PostgreSQL manual, 54.2.3): the same bytes for every query. */
const BYTES = Buffer.concat([serialize.bind({ statement: STATEMENT }), serialize.execute(), serialize.sync()]);

/** A connection that generations are read from. */
export interface GenerationSource {
  /** @throws the error of the connection or of the query */
  read(): Promise<Generation>;
  destroy(): void;
}

/** Connects to the database that generations are read from. */
@Injectable()
export class GenerationReaderFactory {
  constructor(private readonly settings: CacheSettings) {}

  /**
   * @param resources the resources whose generations are read
   * @param onLost called when the connection is closed
   */
  connect(resources: readonly string[], onLost: (source: GenerationSource) => void): Promise<GenerationSource> {
    const { DATABASE_URL, GENERATION_TIMEOUT_MS } = this.settings;
    return GenerationReader.connect(DATABASE_URL, resources, GENERATION_TIMEOUT_MS, onLost);
  }
}

/** Reads generations over a dedicated connection: in the pool the query could wait behind slow statements. */
export class GenerationReader implements GenerationSource {
  private constructor(
    private readonly client: Client,
    private readonly resources: readonly string[],
    private readonly epoch: string,
  ) {}

  /**
   * @param url the primary
   * @param timeoutMs the longest wait for the connection, and for each query
   * @param onLost called when the connection is closed
   */
  static async connect(
    url: string,
    resources: readonly string[],
    timeoutMs: number,
    onLost: (reader: GenerationReader) => void,
  ): Promise<GenerationReader> {
    const client = new Client({
      connectionString: url,
      application_name: 'mdl generations',
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      statement_timeout: timeoutMs,
      keepAlive: true,
    });
    // Without a listener a lost connection would end the process. Pending queries are rejected anyway.
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ epoch: string }>(EPOCH);
      const sums = resources.map((column) => `sum(${column})::text`);
      // A dump can be restored under an open connection: its table has another file node.
      const history = `concat_ws('.', sum(flushes), pg_relation_filenode(max(tableoid)))`;
      await client.query({ name: STATEMENT, text: `SELECT ${[history, ...sums].join(', ')} FROM cache_generations` });
      const epoch = createHash('sha256').update(String(rows[0]?.epoch));
      const reader = new GenerationReader(client, resources, epoch.digest('base64url').slice(0, 12));
      client.once('end', () => onLost(reader));
      return reader;
    } catch (error) {
      destroyConnection(client);
      throw error;
    }
  }

  /** One statement and so one snapshot, which contains every transaction that was acknowledged before the call. */
  async read(): Promise<Generation> {
    const queriedAt = performance.now();
    const [history, ...numbers] = await new Promise<(string | null)[]>((resolve, reject) => {
      this.client.query(new GenerationQuery((error, fields = []) => (error ? reject(error) : resolve(fields))));
    });
    if (!history || !numbers.every((number) => number !== null)) throw new Error('cache_generations has no rows');
    return new Generation(`${this.epoch}.${history}`, this.resources, numbers, queriedAt);
  }

  destroy(): void {
    destroyConnection(this.client);
  }
}

type Callback = (error: Error | null, fields?: (string | null)[]) => void;

/**
 * Reads the generation at the lowest cost: pg's own query copies its configuration, describes the columns and builds an
 * object of the row each time, and this query runs before every read (docs/performance.md). It implements the interface
 * that pg offers for cursors and streams.
 */
class GenerationQuery implements Submittable {
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

export const isTimeout = (error: unknown): boolean => error instanceof Error && /timeout/i.test(error.message);

/** The connection that generations are read from: opened at the first read, and reopened after it was lost. */
export class GenerationConnection {
  /** The duration of each query in seconds; some tenths of a millisecond on a healthy system. */
  readonly times = new Distribution([0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1]);

  queries = 0;

  /** When the last query succeeded, in milliseconds since 1970; 0 before that. */
  lastResponseAt = 0;

  /** The last generation of the open connection. After a reconnect it may belong to another epoch. */
  last: Generation | undefined;

  private source: GenerationSource | undefined;

  private connecting: Promise<GenerationSource> | undefined;

  private isClosed = false;

  /** @param resources evaluated at each connect: resources register while the application starts */
  constructor(
    private readonly readers: Pick<GenerationReaderFactory, 'connect'>,
    private readonly resources: () => readonly string[],
  ) {}

  /** Reads the generation. A connection that was lost is replaced once; a timeout is not retried. */
  async read(): Promise<Generation> {
    const { source } = this;
    if (source) {
      try {
        return await this.readFrom(source);
      } catch (error) {
        if (isTimeout(error)) throw error;
      }
    }
    return this.readFrom(await this.connect());
  }

  close(): void {
    this.isClosed = true;
    this.source?.destroy();
  }

  private async readFrom(source: GenerationSource): Promise<Generation> {
    this.queries++;
    try {
      const generation = await source.read();
      this.times.add((performance.now() - generation.queriedAt) / 1000);
      this.lastResponseAt = Date.now();
      return (this.last = generation);
    } catch (error) {
      this.drop(source);
      throw error;
    }
  }

  private connect(): Promise<GenerationSource> {
    this.connecting ??= this.readers
      .connect(this.resources(), (source) => this.drop(source))
      .then((source) => {
        if (this.isClosed) source.destroy();
        return (this.source = source);
      })
      .finally(() => (this.connecting = undefined));
    return this.connecting;
  }

  private drop(source: GenerationSource): void {
    source.destroy();
    if (source !== this.source) return;
    this.source = undefined;
    this.last = undefined;
  }
}
