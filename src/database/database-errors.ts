import { QueryFailedError } from 'typeorm';
import { Problem } from '../problems/problem';

const RETRY_AFTER = { 'retry-after': '1' };
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

const driverError = (error: unknown): (Error & { code?: string }) | undefined => {
  const inner: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return inner instanceof Error ? inner : undefined;
};

/** Whether the transaction can succeed when it is retried: serialization failure or deadlock. */
export const isRetryable = (error: unknown): boolean => ['40001', '40P01'].includes(driverError(error)?.code ?? '');

/**
 * The problem for an error of the database (SQLSTATE: PostgreSQL manual, appendix A); undefined for an error that the
 * client did not cause and cannot resolve, such as a syntax error.
 */
export function toDatabaseProblem(error: unknown): Problem | undefined {
  const inner = driverError(error);
  const code = inner?.code ?? '';
  const message = inner?.message ?? '';
  const cause = error;
  switch (code) {
    case '23505':
      return new Problem('already_exists', { cause });
    case '23503':
      return Problem.invalid([
        { code: 'unknown_reference', detail: 'The document refers to a key that does not exist.' },
      ]);
    // restrict_violation, since PostgreSQL 18.
    case '23001':
      return new Problem('in_use', { cause });
    case '23514':
      return new Problem('conflict', { cause });
    case '57014':
      return new Problem('timeout', { cause });
    case '40001':
    case '40P01':
      return new Problem('write_contention', { headers: RETRY_AFTER, cause });
    case '53300':
      return new Problem('overloaded', { headers: RETRY_AFTER, cause });
  }
  if (message.startsWith('timeout exceeded when trying to connect'))
    return new Problem('overloaded', { headers: RETRY_AFTER, cause });
  // 08…: connection exceptions; 28…, 3D000, 55000: no access to the database; 57P…: the server is stopping or starting.
  if (
    /^(08|28|3D000|55000|57P)/.test(code) ||
    UNREACHABLE.has(code) ||
    /Connection terminated|Query runner already released|Client has encountered a connection error|not queryable/.test(
      message,
    )
  ) {
    return new Problem('database_unavailable', { headers: { 'retry-after': '2' }, cause });
  }
  return undefined;
}

/** Whether an error means that the database cannot be reached or does not respond. */
export const isDatabaseUnavailable = (error: unknown): boolean =>
  (error instanceof Problem ? error : toDatabaseProblem(error))?.code === 'database_unavailable';
