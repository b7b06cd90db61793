import { Distribution } from '../instrumentation/distribution';
import { toDatabaseProblem } from './database-errors';

const WAIT_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2];
const STATEMENT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5];

/** Statistics of all statements since the process started, for telemetry. */
export class DatabaseStats {
  /** The wait for a connection of the pool, in seconds. */
  readonly waits = new Distribution(WAIT_SECONDS);

  /** The duration of each statement, in seconds. */
  readonly statements = new Distribution(STATEMENT_SECONDS);

  /** Failed statements by problem code. */
  readonly failures = new Map<string, number>();

  /** When the last statement succeeded, in milliseconds since 1970; 0 before that. */
  lastResponseAt = 0;

  addWait(ms: number): void {
    this.waits.add(ms / 1000);
  }

  addStatement(ms: number): void {
    this.statements.add(ms / 1000);
    this.lastResponseAt = Date.now();
  }

  addFailure(error: unknown): void {
    const reason = toDatabaseProblem(error)?.code ?? 'internal_error';
    this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
  }
}
