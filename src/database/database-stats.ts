import { Distribution } from '../instrumentation/distribution';
import { toDatabaseProblem } from './database-errors';

const WAIT_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2];
const STATEMENT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5];

/** What all statements took since the process began, commands between them included: to be shown by telemetry. */
export class DatabaseStats {
  /** Waits for a connection, in seconds. */
  readonly waits = new Distribution(WAIT_SECONDS);

  /** In seconds. */
  readonly statements = new Distribution(STATEMENT_SECONDS);

  /** By the problem that a caller is told. */
  readonly failures = new Map<string, number>();

  /** When the database last answered, in milliseconds since 1970; 0 before it did. */
  lastAnswerAt = 0;

  waited(ms: number): void {
    this.waits.add(ms / 1000);
  }

  took(ms: number): void {
    this.statements.add(ms / 1000);
    this.lastAnswerAt = Date.now();
  }

  failed(error: unknown): void {
    const reason = toDatabaseProblem(error)?.code ?? 'internal_error';
    this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
  }
}
