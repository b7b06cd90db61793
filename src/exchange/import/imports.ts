import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { Author } from '../../identity/author';
import { ErrorMapper } from '../../problems/error-mapper';
import { Problem } from '../../problems/problem';
import { quote } from '../../validation/violation';
import { Sources } from '../sources/sources';
import { ImportEngine } from './import-engine';
import type { ImportFile, ImportOptions } from './import-options';
import { type ImportRecord, ImportRecords } from './import-records';
import type { Progress } from './progress';

/** Imports that run at the same time in one process: each holds a connection. Large files are read one after the other. */
export const MAX_RUNNING = 4;
const HEARTBEAT_MS = 2000;

/** What an import needs. */
export interface ImportRequest {
  files: readonly ImportFile[];
  options: ImportOptions;
  author: Author;
  /** Whether the files are read in a process of its own. */
  isolated?: boolean;
  /** Called when the import begins to use the files. */
  onBegin?: () => void;
  /** Called when they are no longer needed. */
  onEnd?: () => Promise<void>;
  progress?: Progress | undefined;
}

type Counts = Pick<ImportRecord, 'processed' | 'total'>;

/** Runs imports independently of the request that starts them, and records their reports. */
@Injectable()
export class Imports implements OnModuleDestroy {
  private readonly logger = new Logger(Imports.name);
  private readonly running = new Set<Promise<ImportRecord>>();
  private readonly stopping = new AbortController();
  /** Runs work without the transaction and the time limit of the request. */
  private readonly outside = AsyncLocalStorage.snapshot();

  constructor(
    private readonly engine: ImportEngine,
    private readonly sources: Sources,
    private readonly records: ImportRecords,
    private readonly errors: ErrorMapper,
  ) {}

  /**
   * Starts an import.
   *
   * @returns its id, and its result when it has ended
   * @throws Problem 409 `import_in_progress` while one of the same source runs, 503 `overloaded`
   */
  async start(request: ImportRequest): Promise<{ id: string; ended: Promise<ImportRecord> }> {
    if (this.running.size >= MAX_RUNNING || this.stopping.signal.aborted) {
      const detail = `${MAX_RUNNING} imports are running. Try again later.`;
      throw new Problem('overloaded', { detail, headers: { 'retry-after': '5' } });
    }
    const id = randomUUID();
    const { options, author } = request;
    const isFirst = await this.outside(async () => {
      const source = options.source === undefined ? undefined : await this.sources.find(options.source);
      return this.records.insert(id, source?.key, options, author.actor);
    });
    if (!isFirst) {
      const detail = `An import of the source ${quote(options.source)} is running. If its process has ended, try again in a minute.`;
      throw new Problem('import_in_progress', { detail, headers: { 'retry-after': '5' } });
    }
    request.onBegin?.();
    const ended = this.outside(() => this.run(id, request));
    this.running.add(ended);
    ended
      .catch(() => undefined)
      .finally(() => this.running.delete(ended))
      .catch(() => undefined);
    return { id, ended };
  }

  /** Stops running imports before the pool closes. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort(new Error('The service is shutting down.'));
    await Promise.allSettled(this.running);
  }

  private async run(id: string, request: ImportRequest): Promise<ImportRecord> {
    const { files, options, author, isolated = false, onEnd, progress } = request;
    const counts: Counts = { processed: 0, total: 0 };
    const counting: Progress = {
      start: (total) => {
        counts.total = total;
        progress?.start(total);
      },
      advance: (steps) => {
        counts.processed += steps;
        progress?.advance(steps);
      },
    };
    const warn = (text: string) => (err: unknown) => this.logger.warn({ err, import: id }, text);
    const beat = () => void this.records.beat(id, counts).catch(warn('Could not record the progress of an import'));
    const heartbeat = setInterval(beat, HEARTBEAT_MS).unref();
    try {
      const all = { ...options, author, isolated, signal: this.stopping.signal };
      const report = (await this.engine.run(files, all, counting)).toJson();
      const state = report.written || report.dry_run ? 'done' : 'refused';
      await this.records.end(id, { state, report }, counts);
      await this.records.deleteOld();
      return { ...(await this.records.read(id)), report };
    } catch (failure) {
      return await this.fail(id, failure, counts);
    } finally {
      clearInterval(heartbeat);
      await onEnd?.().catch(warn('Could not remove the files of an import'));
    }
  }

  /** Records a failed import. @throws its error, where that is not possible */
  private async fail(id: string, failure: unknown, counts: Counts): Promise<ImportRecord> {
    const isStopped = this.stopping.signal.aborted;
    const { status, code, message } = this.errors.toProblem(failure);
    if (!isStopped) this.logger[status < 500 ? 'warn' : 'error']({ err: failure, import: id }, 'Import failed');
    const error = { code, detail: code === 'internal_error' ? 'The import failed; see the log.' : message };
    try {
      await this.records.end(id, { state: isStopped ? 'interrupted' : 'failed', error }, counts);
      return { ...(await this.records.read(id)), failure };
    } catch (err) {
      this.logger.error({ err, import: id }, 'Could not record a failed import');
      throw failure;
    }
  }
}
