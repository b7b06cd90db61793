import { DatabaseError } from 'pg';
import { QueryFailedError } from 'typeorm';
import { Problem } from '../problems/problem';
import {
  isConnectionLost,
  isDatabaseUnavailable,
  isRetryable,
  isSessionLost,
  refusesWrites,
  toConnectionProblem,
  toDatabaseProblem,
  toOutcomeUnknown,
} from './database-errors';

const fromServer = (code: string) => Object.assign(new DatabaseError('failed', 6, 'error'), { code });
const fromSocket = (code: string) => Object.assign(new Error('failed'), { code });
const failedQuery = (code: string) => new QueryFailedError('SELECT 1', [], fromServer(code));

describe('toDatabaseProblem', () => {
  it.each([
    ['23505', 'already_exists', 409],
    ['23503', 'unknown_reference', 422],
    ['23001', 'in_use', 409],
    ['23514', 'conflict', 409],
    ['57014', 'timeout', 504],
    ['40001', 'write_contention', 503],
    ['40P01', 'write_contention', 503],
    ['53300', 'overloaded', 503],
    ['08006', 'database_unavailable', 503],
    ['28P01', 'database_unavailable', 503],
    ['3D000', 'database_unavailable', 503],
    ['57P01', 'database_unavailable', 503],
    ['57P03', 'database_unavailable', 503],
    ['55P03', 'write_contention', 503],
    ['25006', 'database_unavailable', 503],
    ['53100', 'database_unavailable', 503],
    ['53200', 'database_unavailable', 503],
    ['58030', 'database_unavailable', 503],
    ['XX000', 'database_unavailable', 503],
    ['XX001', 'database_unavailable', 503],
  ])('maps %s to %s', (sqlState, code, status) => {
    for (const error of [fromServer(sqlState), failedQuery(sqlState)])
      expect(toDatabaseProblem(error)).toMatchObject({ code, status });
  });

  it.each(['write_contention', 'overloaded', 'database_unavailable'])('sets Retry-After for %s', (code) => {
    const sqlState = { write_contention: '40001', overloaded: '53300', database_unavailable: '57P03' }[code] ?? '';
    expect(toDatabaseProblem(failedQuery(sqlState))?.headers['retry-after']).toMatch(/^[12]$/);
  });

  it('leaves the cause for the log', () => {
    const error = failedQuery('23505');
    expect(toDatabaseProblem(error)?.cause).toBe(error);
  });

  it.each([
    failedQuery('42601'),
    failedQuery('42P01'),
    fromSocket('ECONNRESET'),
    fromSocket('57P01'),
    new Error('Connection terminated unexpectedly'),
    'text',
    undefined,
  ])('has no problem for %s', (error) => expect(toDatabaseProblem(error)).toBeUndefined());
});

describe('toConnectionProblem', () => {
  it.each([
    ['timeout exceeded when trying to connect', 'overloaded'],
    ['Connection terminated unexpectedly', 'database_unavailable'],
    ['Client has encountered a connection error and is not queryable', 'database_unavailable'],
    ['Query read timeout', 'database_unavailable'],
  ])('maps the message “%s” to %s', (message, code) => {
    for (const error of [new Error(message), new QueryFailedError('SELECT 1', [], new Error(message))])
      expect(toConnectionProblem(error)).toMatchObject({ code, status: 503, cause: error });
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE'])('maps %s to database_unavailable', (code) => {
    expect(toConnectionProblem(fromSocket(code))).toMatchObject({ code: 'database_unavailable' });
  });

  it.each([fromServer('57P01'), new Problem('timeout'), new Error('broken'), undefined])(
    'has no problem for %s',
    (error) => expect(toConnectionProblem(error)).toBeUndefined(),
  );
});

describe('isSessionLost', () => {
  it('is true where another session could succeed', () => {
    const codes = ['25006', '57P01', '58030', 'XX000', '53100', '53300', '57014', '40P01', '23505'];
    expect(codes.filter((code) => isSessionLost(failedQuery(code)))).toEqual(['57P01', '58030', 'XX000']);
    expect(codes.filter((code) => isConnectionLost(failedQuery(code)))).toEqual(['57P01']);
    expect(isConnectionLost(toConnectionProblem(new Error('Query read timeout')))).toBe(true);
  });
});

describe('toOutcomeUnknown', () => {
  const severe = (code: string, severity: string) => Object.assign(fromServer(code), { severity });

  it.each([
    toConnectionProblem(new Error('Connection terminated unexpectedly')),
    toConnectionProblem(new Error('Query read timeout')),
    toConnectionProblem(fromSocket('ECONNRESET')),
    severe('57P01', 'FATAL'),
    severe('53100', 'PANIC'),
  ])('is 503 without Retry-After for %s', (error) => {
    expect(toOutcomeUnknown(error)).toMatchObject({ code: 'outcome_unknown', status: 503, headers: {}, cause: error });
    expect(isSessionLost(toOutcomeUnknown(error))).toBe(true);
  });

  it.each([
    severe('XX000', 'ERROR'),
    severe('53100', 'ERROR'),
    severe('40001', 'ERROR'),
    severe('23505', 'ERREUR'),
    toConnectionProblem(new Error('Client has encountered a connection error and is not queryable')),
    toConnectionProblem(new Error('Query runner already released. Cannot run queries anymore.')),
    new Problem('timeout'),
  ])('has no problem for %s: nothing was written', (error) => expect(toOutcomeUnknown(error)).toBeUndefined());
});

describe('refusesWrites', () => {
  it('is the SQLSTATE of a server that is read-only or full', () => {
    expect(['25006', '53100', '58030', '53300', '23505'].map((code) => refusesWrites(failedQuery(code)))).toEqual([
      '25006',
      '53100',
      '58030',
      undefined,
      undefined,
    ]);
  });
});

describe('isRetryable', () => {
  it('is true for serialization failures and deadlocks only', () => {
    const codes = ['40001', '40P01', '23505', '57014', '55P03'];
    expect(codes.filter((code) => isRetryable(failedQuery(code)))).toEqual(['40001', '40P01']);
  });
});

describe('isDatabaseUnavailable', () => {
  it('is true for errors and problems of an unavailable database', () => {
    const errors = [
      failedQuery('57P01'),
      toConnectionProblem(fromSocket('ECONNREFUSED')),
      new Problem('database_unavailable'),
      failedQuery('23505'),
      new Problem('overloaded'),
      fromSocket('ECONNRESET'),
    ];
    expect(errors.map(isDatabaseUnavailable)).toEqual([true, true, true, false, false, false]);
  });
});
