import { DatabaseError } from 'pg';
import { QueryFailedError } from 'typeorm';
import { Problem } from '../problems/problem';
import type { ProblemCode } from '../problems/problem-codes';

type Table = readonly (readonly [RegExp, ProblemCode])[];

/** Problems by SQLSTATE (PostgreSQL manual, appendix A). */
const BY_SQLSTATE: Table = [
  [/^23505$/, 'already_exists'],
  // restrict_violation, since PostgreSQL 18.
  [/^23001$/, 'in_use'],
  [/^23514$/, 'conflict'],
  [/^57014$/, 'timeout'],
  // 55P03: lock_timeout.
  [/^(40001|40P01|55P03)$/, 'write_contention'],
  [/^53300$/, 'overloaded'],
  // 08…: connection exceptions; 28…, 3D000, 55000: no access to the database; 57P…: the server is stopping or starting;
  // 25006: it is read-only; 53…: it lacks disk space or memory; 58…, XX00…: it has a fault of its own.
  [/^(08|28|3D000|55000|57P|25006|53|58|XX00)/, 'database_unavailable'],
];
/** Problems by the error code of a socket. The same codes occur at the sockets of clients. */
const BY_SOCKET_CODE: Table = [
  [/^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/, 'database_unavailable'],
];
/** Problems by the message of an error of pg or TypeORM. */
const BY_MESSAGE: Table = [
  [/^timeout exceeded when trying to connect/, 'overloaded'],
  [/Connection terminated|Client has encountered a connection error|not queryable/, 'database_unavailable'],
  // After `query_timeout`.
  [/^Query read timeout/, 'database_unavailable'],
  [/Query runner already released/, 'database_unavailable'],
];
/** The messages of pg and TypeORM for a statement that they do not send, because the connection was lost before. */
const NOT_SENT = /not queryable|Query runner already released/;
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

const toProblem = (code: ProblemCode, cause: unknown): Problem => {
  const retryAfter = RETRY_AFTER[code];
  return new Problem(code, { ...(retryAfter && { headers: { 'retry-after': retryAfter } }), cause });
};

const sqlStateOf = (error: unknown): string => {
  const inner = driverError(error);
  return (inner instanceof DatabaseError && inner.code) || '';
};

/** An error after which the transaction is run again, as if the server had refused it (SQLSTATE 40001). */
export const serializationFailure = (message: string): Error =>
  Object.assign(new DatabaseError(message, 0, 'error'), { code: '40001' });

/** Whether the transaction can succeed when it is retried: serialization failure or deadlock. */
export const isRetryable = (error: unknown): boolean => ['40001', '40P01'].includes(sqlStateOf(error));

/**
 * The problem for an error that the server reports; undefined for an error that the client did not cause and cannot
 * resolve, such as a syntax error.
 */
export function toDatabaseProblem(error: unknown): Problem | undefined {
  const sqlState = sqlStateOf(error);
  if (sqlState === '23503')
    return Problem.invalid([
      { code: 'unknown_reference', detail: 'The document refers to a key that does not exist.' },
    ]);
  const code = find(BY_SQLSTATE, sqlState);
  return code && toProblem(code, error);
}

/**
 * The problem for an error of a connection to the database. Only for errors that come from one: a client that closes
 * its own connection causes errors with the same codes.
 */
export function toConnectionProblem(error: unknown): Problem | undefined {
  const inner = driverError(error);
  if (!inner || inner instanceof DatabaseError || inner instanceof Problem) return undefined;
  const code = find(BY_SOCKET_CODE, inner.code ?? '') ?? find(BY_MESSAGE, inner.message);
  return code && toProblem(code, error);
}

const codeOf = (error: unknown): ProblemCode | undefined =>
  (error instanceof Problem ? error : toDatabaseProblem(error))?.code;

/** Whether an error means that the database cannot be reached, does not respond or cannot do its work. */
export const isDatabaseUnavailable = (error: unknown): boolean => codeOf(error) === 'database_unavailable';

/**
 * The problem of a COMMIT whose outcome is unknown: it was sent, and the connection was lost before the response, or the
 * server ended the session. Undefined where nothing was written: the server reports an error (severity ERROR), or the
 * connection was lost earlier.
 */
export function toOutcomeUnknown(error: unknown): Problem | undefined {
  if (!isDatabaseUnavailable(error)) return undefined;
  const inner = driverError(error instanceof Problem ? error.cause : error);
  const isRolledBack =
    inner instanceof DatabaseError ? inner.severity === 'ERROR' : NOT_SENT.test(inner?.message ?? '');
  return isRolledBack ? undefined : new Problem('outcome_unknown', { cause: error });
}

/**
 * Whether the session must not be used again: its socket is dead, or its server is stopping or has a fault. A server
 * that is read-only or lacks disk space or memory is not the fault of the session.
 */
export const isSessionLost = (error: unknown): boolean =>
  codeOf(error) === 'outcome_unknown' || (isDatabaseUnavailable(error) && !/^(25006|53)/.test(sqlStateOf(error)));

/** Whether the other connections are probably lost too: not by a fault that one statement found (58…, XX00…). */
export const isConnectionLost = (error: unknown): boolean =>
  isSessionLost(error) && !/^(58|XX)/.test(sqlStateOf(error));

/** Whether the transaction is read-only: the server is in recovery, or by `default_transaction_read_only`. */
export const isReadOnly = (error: unknown): boolean => sqlStateOf(error) === '25006';

/** The SQLSTATE with which the server refuses all writes: it is read-only, its disk is full or fails. */
export const refusesWrites = (error: unknown): string | undefined =>
  /^(25006|53100|58030)$/.exec(sqlStateOf(error))?.[0];
