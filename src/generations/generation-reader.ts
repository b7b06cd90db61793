import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { Client } from 'pg';
import { Generation } from './generation';
import { GenerationQuery, STATEMENT } from './generation-query';

/**
 * Which database this is, and which of its lives: a restored dump, a promoted replica or a restarted server may count on
 * from an older number, and must not be taken for the one that was there before (PostgreSQL manual, 9.28 and 9.27.1).
 * A replica cannot answer, since it lags: `pg_current_wal_lsn` fails there.
 */
const EPOCH = `
  SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()), substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),
    extract(epoch FROM pg_postmaster_start_time()), (SELECT oid FROM pg_database WHERE datname = current_database())) AS epoch`;

/** Asks one connection of its own for the generation: never the pool, where a question could wait behind slow statements. */
export class GenerationReader {
  private constructor(
    private readonly client: Client,
    private readonly resources: readonly string[],
    private readonly epoch: string,
  ) {}

  /**
   * @param url the primary
   * @param deadlineMs longest wait for the connection, and for each answer
   * @param onLost called when the connection is gone
   */
  static async connect(
    url: string,
    resources: readonly string[],
    deadlineMs: number,
    onLost: (reader: GenerationReader) => void,
  ): Promise<GenerationReader> {
    const client = new Client({
      connectionString: url,
      application_name: 'mdl generations',
      connectionTimeoutMillis: deadlineMs,
      query_timeout: deadlineMs,
      statement_timeout: deadlineMs,
      keepAlive: true,
    });
    // Without a listener a lost connection would end the process; whoever waits for an answer hears of it anyway.
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ epoch: string }>(EPOCH);
      const sums = resources.map((column) => `sum(${column})::text`);
      // A dump may be restored under an open connection: the table of it is another one.
      const life = `concat_ws('.', sum(flushes), pg_relation_filenode(max(tableoid)))`;
      await client.query({ name: STATEMENT, text: `SELECT ${[life, ...sums].join(', ')} FROM cache_generations` });
      const epoch = createHash('sha256').update(String(rows[0]?.epoch));
      const reader = new GenerationReader(client, resources, epoch.digest('base64url').slice(0, 12));
      client.once('end', () => onLost(reader));
      return reader;
    } catch (error) {
      destroy(client);
      throw error;
    }
  }

  /** One statement, hence one snapshot: every transaction acknowledged before the call is in it. */
  async read(): Promise<Generation> {
    const queriedAt = performance.now();
    const [life, ...numbers] = await new Promise<(string | null)[]>((resolve, reject) => {
      this.client.query(new GenerationQuery((error, fields = []) => (error ? reject(error) : resolve(fields))));
    });
    if (!life || numbers.includes(null)) throw new Error('cache_generations has no rows');
    return new Generation(`${this.epoch}.${life}`, this.resources, numbers as string[], queriedAt);
  }

  /** Ends the connection without a word: the other side may be frozen. */
  destroy(): void {
    destroy(this.client);
  }
}

const destroy = (client: Client) =>
  (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
