import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import { DataSource, type EntityTarget, type ObjectLiteral, type QueryRunner, type Repository } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';
import { currentQueryStats, type QueryStats } from '../instrumentation/request-timing';
import { Problem } from '../problems/problem';
import { discardIdleConnections } from './connection';
import {
  isConnectionLost,
  isRetryable,
  isSessionLost,
  toConnectionProblem,
  toDatabaseProblem,
} from './database-errors';
import { DatabaseStats } from './database-stats';
import { ReadOnlyRetry } from './read-only-retry';

const ATTEMPTS = 4;
/** Rows per batch of a stream. */
const BATCH = 50;

/**
 * Runs statements and transactions. A statement runs in the transaction that is open in its asynchronous context, so
 * that writes that belong together (a document, its revision, its idempotency key) need no connection parameter.
 */
@Injectable()
export class Database {
  private readonly open = new AsyncLocalStorage<QueryRunner>();

  private readonly names = new Map<string, string>();

  private streams = 0;

  readonly times = new DatabaseStats();

  private readonly readOnlyRetry = new ReadOnlyRetry(() => this.pool);

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  private get pool(): Pool {
    return (this.dataSource.driver as PostgresDriver).master as Pool;
  }

  /** The state of the connection pool; `streams` counts the streams, each of which holds one connection. */
  get connections(): { most: number; open: number; idle: number; waiting: number; streams: number } {
    const { options, totalCount, idleCount, waitingCount } = this.pool;
    return { most: options.max, open: totalCount, idle: idleCount, waiting: waitingCount, streams: this.streams };
  }

  /** The most streams at the same time. */
  get maxStreams(): number {
    return Math.max(1, Math.floor(this.pool.options.max / 4));
  }

  /** Runs one statement, within the open transaction if there is one. */
  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const runner = this.open.getStore();
    if (!runner) return this.runOnPool<Row>({ text: sql, values: [...parameters] });
    const run = () => runner.query(sql, [...parameters], true);
    return (await this.runOn(runner, () => this.times.measureQuery(run))).records as Row[];
  }

  /**
   * Runs a frequent statement as a prepared statement: each connection parses it once and plans it once where a generic
   * plan is as good, which saves a third of a read by key. Only for few and fixed texts: none is ever deallocated.
   */
  async queryPrepared<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    if (this.open.getStore()) return this.query(sql, parameters);
    const name = this.names.get(sql) ?? createHash('sha256').update(sql).digest('base64url');
    this.names.set(sql, name);
    return this.runOnPool<Row>({ name, text: sql, values: [...parameters] });
  }

  /**
   * Runs one statement of a TypeORM repository or its query builder, within the open transaction if there is one.
   * Measured like `query`; an injected repository would not see the open transaction.
   */
  async withRepository<Entity extends ObjectLiteral, Result>(
    entity: EntityTarget<Entity>,
    statement: (repository: Repository<Entity>) => Promise<Result>,
  ): Promise<Result> {
    const run = (runner: QueryRunner) =>
      this.runOn(runner, () => this.times.measureQuery(() => statement(runner.manager.getRepository(entity))));
    const open = this.open.getStore();
    return open ? run(open) : this.readOnlyRetry.run(() => this.withRunner(run));
  }

  /**
   * Runs `work` in a transaction, or in the open transaction. A serialization failure or a deadlock (SQLSTATE 40001,
   * 40P01) is retried up to three times, with jitter; so is a refusal by a read-only session once new ones can write.
   *
   * @throws Problem 503 `write_contention` when the last attempt fails too; otherwise the error of `work`
   */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    if (this.open.getStore()) return work();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.readOnlyRetry.run(() => this.attempt(work));
      } catch (error) {
        if (!isRetryable(error)) throw error;
        if (attempt === ATTEMPTS) throw toDatabaseProblem(error) ?? error;
        await sleep(Math.random() * 20 * 2 ** attempt);
      }
    }
  }

  /** Rolls `work` back unless it returns true; only within a transaction. */
  async rollbackUnless(work: () => Promise<boolean>): Promise<boolean> {
    await this.query('SAVEPOINT undo');
    const isSuccessful = await work();
    if (!isSuccessful) await this.query('ROLLBACK TO SAVEPOINT undo');
    // A rollback to a savepoint does not release it; it would shadow an outer one of the same name.
    await this.query('RELEASE SAVEPOINT undo');
    return isSuccessful;
  }

  /**
   * Streams the rows of a query in batches, all from one snapshot. A stream holds a connection until it has been read,
   * so all streams together get at most a quarter of the pool. A closed stream releases its connection; a reader that
   * stalls until PostgreSQL ends the idle transaction gets an error.
   *
   * @param passes how often the rows are read; an empty batch follows each pass but the last
   * @throws Problem 503 `overloaded` when the maximum number of streams is open
   */
  stream<Row>(sql: string, parameters: readonly unknown[], passes = 1): Readable {
    if (this.streams >= this.maxStreams) {
      const detail = `The maximum of ${this.maxStreams} concurrent streams is reached. Try again later.`;
      throw new Problem('overloaded', { detail, headers: { 'retry-after': '5' } });
    }
    this.streams++;
    const onLost = (error: Error) => void rows.destroy(toConnectionProblem(error) ?? error);
    const rows = Readable.from(this.batches<Row>(sql, parameters, passes, onLost, currentQueryStats()));
    return rows.once('close', () => this.streams--);
  }

  private async *batches<Row>(
    sql: string,
    parameters: readonly unknown[],
    passes: number,
    onLost: (error: Error) => void,
    stats: QueryStats | undefined,
  ): AsyncGenerator<Row[]> {
    const client = await this.times.measureConnect(() => this.pool.connect(), stats);
    const run = <Result extends object>(text: string, values?: unknown[]) =>
      this.times.measureQuery(() => client.query<Result>(text, values), stats);
    client.on('error', onLost);
    let lost: Error | undefined;
    try {
      await run('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      for (let pass = 1; pass <= passes; pass++) {
        await run(`DECLARE stream NO SCROLL CURSOR FOR ${sql}`, [...parameters]);
        for (;;) {
          const { rows } = await run<Row & object>(`FETCH ${BATCH} FROM stream`);
          if (rows.length > 0 || pass < passes) yield rows;
          if (rows.length === 0) break;
        }
        await run('CLOSE stream');
      }
    } catch (error) {
      if (isSessionLost(error)) lost = error as Error;
      this.discardIdleAfter(error);
      throw error;
    } finally {
      lost ??= await client.query('ROLLBACK').then(
        () => undefined,
        (error: Error) => error,
      );
      client.release(lost);
      client.off('error', onLost);
    }
  }

  /** Runs one statement on a connection of the pool, without the cost of a query runner. */
  private async runOnPool<Row>(statement: QueryConfig): Promise<Row[]> {
    const client = await this.times.measureConnect(() => this.pool.connect());
    try {
      const rows = await this.times.measureQuery(() => rowsFrom<Row>(client, statement));
      client.release();
      return rows;
    } catch (error) {
      client.release(error as Error);
      this.discardIdleAfter(error);
      throw error;
    }
  }

  /** Runs a step on the connection of a query runner, and discards the connection when the session is lost. */
  private async runOn<T>(runner: QueryRunner, step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (isSessionLost(error)) await this.discard(runner, error);
      throw error;
    }
  }

  private async discard(runner: QueryRunner, error: unknown): Promise<void> {
    // At this event TypeORM releases the connection as broken; the pool then closes it.
    if (!runner.isReleased) ((await runner.connect()) as PoolClient).emit('error', error);
    this.discardIdleAfter(error);
  }

  /** Discards the idle connections after a lost one. */
  private discardIdleAfter(error: unknown): void {
    if (isConnectionLost(error)) discardIdleConnections(this.pool);
  }

  private attempt<T>(work: () => Promise<T>): Promise<T> {
    return this.withRunner(async (runner) => {
      try {
        await this.runOn(runner, () => this.times.measureQuery(() => runner.startTransaction('READ COMMITTED')));
        const result = await this.open.run(runner, work);
        await this.runOn(runner, () => this.times.measureCommit(() => runner.commitTransaction()));
        return result;
      } catch (error) {
        if (runner.isTransactionActive && !runner.isReleased)
          await runner.rollbackTransaction().catch((cause: unknown) => this.discard(runner, cause));
        throw error;
      }
    });
  }

  /** Runs `work` on a connection of its own. */
  private async withRunner<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await this.times.measureConnect(() => runner.connect());
      return await work(runner);
    } finally {
      await runner.release();
    }
  }
}

/**
 * Runs a statement through pg's callback interface: each of its promises keeps the rows of the next one reachable until
 * the old generation of the heap is collected (docs/performance.md).
 */
const rowsFrom = <Row>(client: PoolClient, statement: QueryConfig): Promise<Row[]> =>
  new Promise((resolve, reject) =>
    client.query(statement, (error: Error | null, result: QueryResult<Row & object>) =>
      error ? reject(error) : resolve(result.rows),
    ),
  );
