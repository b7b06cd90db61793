import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import { DataSource, type EntityTarget, type ObjectLiteral, type QueryRunner, type Repository } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';
import type { QueryStats } from '../instrumentation/query-stats';
import { Problem } from '../problems/problem';
import { isRetryable } from './database-errors';
import { DatabaseStats } from './database-stats';
import { currentQueryStats, measureCommit, measureConnect, measureQuery } from './query-measurement';

const ATTEMPTS = 4;

/**
 * Statements and transactions. A statement joins the transaction that is open around it, so what is written together
 * (a document, its revision, its idempotency key) need not hand a connection from call to call.
 */
@Injectable()
export class Database {
  private readonly open = new AsyncLocalStorage<QueryRunner>();

  private readonly names = new Map<string, string>();

  private streams = 0;

  readonly times = new DatabaseStats();

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  private get pool(): Pool {
    return (this.dataSource.driver as PostgresDriver).master as Pool;
  }

  /** The connections now, those that wait for one, and the streams that hold one each. */
  get connections(): { most: number; open: number; idle: number; waiting: number; streams: number } {
    const { options, totalCount, idleCount, waitingCount } = this.pool;
    return { most: options.max, open: totalCount, idle: idleCount, waiting: waitingCount, streams: this.streams };
  }

  /** Runs one statement, within the open transaction if there is one. */
  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const runner = this.open.getStore();
    if (!runner) return this.ask<Row>({ text: sql, values: [...parameters] });
    return rowsOf<Row>(
      await measureQuery(this.times, currentQueryStats(), () => runner.query(sql, [...parameters], true)),
    );
  }

  /**
   * Runs one statement of those that are asked all the time: a connection keeps it parsed and, where that is as good,
   * planned, which takes a third of the time of a read by key. Only for few and fixed texts, each is kept for ever.
   */
  async queryPrepared<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    if (this.open.getStore()) return this.query(sql, parameters);
    const name = this.names.get(sql) ?? createHash('sha256').update(sql).digest('base64url');
    this.names.set(sql, name);
    return this.ask<Row>({ name, text: sql, values: [...parameters] });
  }

  /**
   * Runs one statement of a TypeORM repository or its query builder, within the open transaction if there is one.
   * Measured like `query`; an injected repository would not see the open transaction.
   */
  async withRepository<Entity extends ObjectLiteral, Result>(
    entity: EntityTarget<Entity>,
    statement: (repository: Repository<Entity>) => Promise<Result>,
  ): Promise<Result> {
    const stats = currentQueryStats();
    const open = this.open.getStore();
    const runner = open ?? this.dataSource.createQueryRunner();
    try {
      if (!open) await measureConnect(this.times, stats, () => runner.connect());
      return await measureQuery(this.times, stats, () => statement(runner.manager.getRepository(entity)));
    } finally {
      if (!open) await runner.release();
    }
  }

  /**
   * Runs `work` in a transaction, or within the one already open.
   * A serialisation failure or deadlock (SQLSTATE 40001, 40P01) runs it again, three times at the most, with jitter.
   *
   * @throws Problem 503 `write_contention` when the last attempt failed too; else whatever `work` throws
   */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    if (this.open.getStore()) return work();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(work);
      } catch (error) {
        if (!isRetryable(error)) throw error;
        if (attempt === ATTEMPTS)
          throw new Problem('write_contention', { headers: { 'retry-after': '1' }, cause: error });
        await sleep(Math.random() * 20 * 2 ** attempt);
      }
    }
  }

  /** Rolls back to where `work` began unless it returns true; only within a transaction. */
  async rollbackUnless(work: () => Promise<boolean>): Promise<boolean> {
    await this.query('SAVEPOINT undo');
    const keep = await work();
    if (!keep) await this.query('ROLLBACK TO SAVEPOINT undo');
    // A savepoint outlives the rollback to it, and would be taken for one around it.
    await this.query('RELEASE SAVEPOINT undo');
    return keep;
  }

  /**
   * The rows of a query in batches, all from one snapshot. Each stream holds a connection for as long as its reader takes,
   * so that all of them get no more than a quarter of the pool. A reader who leaves gives the connection back; one who
   * stalls until PostgreSQL ends the idle transaction gets an error.
   *
   * @throws Problem 503 `overloaded` when there are as many streams as may be
   */
  stream<Row>(sql: string, parameters: readonly unknown[], batch = 50): Readable {
    const most = Math.max(1, Math.floor(this.pool.options.max / 4));
    if (this.streams >= most) {
      const detail = `${most} streams are running, as many as may; try again later.`;
      throw new Problem('overloaded', { detail, headers: { 'retry-after': '5' } });
    }
    this.streams++;
    const onLost = (error: Error) => void rows.destroy(error);
    const rows = Readable.from(this.batches<Row>(sql, parameters, batch, onLost, currentQueryStats()));
    return rows.once('close', () => this.streams--);
  }

  private async *batches<Row>(
    sql: string,
    parameters: readonly unknown[],
    batch: number,
    onLost: (error: Error) => void,
    work: QueryStats | undefined,
  ): AsyncGenerator<Row[]> {
    const client = await measureConnect(this.times, work, () => this.pool.connect());
    client.on('error', onLost);
    try {
      await measureQuery(this.times, work, () => client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'));
      await measureQuery(this.times, work, () =>
        client.query(`DECLARE stream NO SCROLL CURSOR FOR ${sql}`, [...parameters]),
      );
      for (;;) {
        const { rows } = await measureQuery(this.times, work, () =>
          client.query<Row & object>(`FETCH ${batch} FROM stream`),
        );
        if (rows.length === 0) break;
        yield rows;
      }
    } finally {
      await client.query('ROLLBACK').then(
        () => client.release(),
        (error: Error) => client.release(error),
      );
      client.off('error', onLost);
    }
  }

  /** One statement on a connection of the pool: a query runner for it costs more than it gives. */
  private async ask<Row>(statement: QueryConfig): Promise<Row[]> {
    const work = currentQueryStats();
    const client = await measureConnect(this.times, work, () => this.pool.connect());
    let failure: Error | undefined;
    try {
      return await measureQuery(this.times, work, () => rowsFrom<Row>(client, statement));
    } catch (error) {
      failure = error as Error;
      throw error;
    } finally {
      client.release(failure);
    }
  }

  private async attempt<T>(work: () => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    const counted = currentQueryStats();
    try {
      await measureConnect(this.times, counted, () => runner.connect());
      await measureQuery(this.times, counted, () => runner.startTransaction('READ COMMITTED'));
      const result = await this.open.run(runner, work);
      await measureCommit(this.times, counted, () => runner.commitTransaction());
      return result;
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }
}

const rowsOf = <Row>(result: unknown): Row[] => (result as { records: Row[] }).records;

/**
 * The rows, by pg's callback: of its promises each one keeps the rows of the next, until the old generation of the heap is
 * collected (docs/performance.md).
 */
const rowsFrom = <Row>(client: PoolClient, statement: QueryConfig): Promise<Row[]> =>
  new Promise((resolve, reject) =>
    client.query(statement, (error: Error | null, result: QueryResult<Row & object>) =>
      error ? reject(error) : resolve(result.rows),
    ),
  );
