import { QueryFailedError } from 'typeorm';
import { Problem } from '../problems/problem';
import type { ProblemCode } from '../problems/problem-codes';

type Table = readonly (readonly [RegExp, ProblemCode])[];

/** Problems by SQLSTATE (PostgreSQL manual, appendix A), or by the error code of Node. */
const BY_CODE: Table = [
  [/^23505$/, 'already_exists'],
  // restrict_violation, since PostgreSQL 18.
  [/^23001$/, 'in_use'],
  [/^23514$/, 'conflict'],
  [/^57014$/, 'timeout'],
  [/^(40001|40P01)$/, 'write_contention'],
  [/^53300$/, 'overloaded'],
  // 08…: connection exceptions; 28…, 3D000, 55000: no access to the database; 57P…: the server is stopping or starting.
  [/^(08|28|3D000|55000|57P)/, 'database_unavailable'],
  [/^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/, 'database_unavailable'],
];
/** Problems by the message of an error of pg or TypeORM. */
const BY_MESSAGE: Table = [
  [/^timeout exceeded when trying to connect/, 'overloaded'],
  [/Connection terminated|Client has encountered a connection error|not queryable/, 'database_unavailable'],
  [/Query runner already released/, 'database_unavailable'],
];
/** Seconds after which a client can try again. */
const RETRY_AFTER: Partial<Record<ProblemCode, string>> = {
  write_contention: '1',
  overloaded: '1',
  database_unavailable: '2',
};

const find = (table: Table, text: string) => table.find(([pattern]) => pattern.test(text))?.[1];

const driverError = (error: unknown): (Error & { code?: string }) | undefined => {
  const inner: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return inner instanceof Error ? inner : undefined;
};

/** Whether the transaction can succeed when it is retried: serialization failure or deadlock. */
export const isRetryable = (error: unknown): boolean => ['40001', '40P01'].includes(driverError(error)?.code ?? '');

/**
 * The problem for an error of the database; undefined for an error that the client did not cause and cannot resolve,
 * such as a syntax error.
 */
export function toDatabaseProblem(error: unknown): Problem | undefined {
  const { code: sqlState = '', message = '' } = driverError(error) ?? {};
  if (sqlState === '23503')
    return Problem.invalid([
      { code: 'unknown_reference', detail: 'The document refers to a key that does not exist.' },
    ]);
  const code = find(BY_CODE, sqlState) ?? find(BY_MESSAGE, message);
  if (!code) return undefined;
  const retryAfter = RETRY_AFTER[code];
  return new Problem(code, { ...(retryAfter && { headers: { 'retry-after': retryAfter } }), cause: error });
}

/** Whether an error means that the database cannot be reached or does not respond. */
export const isDatabaseUnavailable = (error: unknown): boolean =>
  (error instanceof Problem ? error : toDatabaseProblem(error))?.code === 'database_unavailable';
