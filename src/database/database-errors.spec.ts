import { QueryFailedError } from 'typeorm';
import { Problem } from '../problems/problem';
import { isDatabaseUnavailable, isRetryable, toDatabaseProblem } from './database-errors';

const withCode = (code: string, message = 'failed') => Object.assign(new Error(message), { code });
const failedQuery = (code: string) => new QueryFailedError('SELECT 1', [], withCode(code));

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
    ['ECONNREFUSED', 'database_unavailable', 503],
    ['ENOTFOUND', 'database_unavailable', 503],
  ])('maps %s to %s', (sqlState, code, status) => {
    for (const error of [withCode(sqlState), failedQuery(sqlState)])
      expect(toDatabaseProblem(error)).toMatchObject({ code, status });
  });

  it.each([
    ['timeout exceeded when trying to connect', 'overloaded'],
    ['Connection terminated unexpectedly', 'database_unavailable'],
    ['Client has encountered a connection error and is not queryable', 'database_unavailable'],
  ])('maps the message “%s” to %s', (message, code) => {
    expect(toDatabaseProblem(new Error(message))).toMatchObject({ code });
  });

  it.each(['write_contention', 'overloaded', 'database_unavailable'])('sets Retry-After for %s', (code) => {
    const sqlState = { write_contention: '40001', overloaded: '53300', database_unavailable: '57P03' }[code] ?? '';
    expect(toDatabaseProblem(failedQuery(sqlState))?.headers['retry-after']).toMatch(/^[12]$/);
  });

  it('leaves the cause for the log', () => {
    const error = failedQuery('23505');
    expect(toDatabaseProblem(error)?.cause).toBe(error);
  });

  it.each([failedQuery('42601'), failedQuery('42P01'), new Error('broken'), 'text', undefined])(
    'has no problem for %s',
    (error) => expect(toDatabaseProblem(error)).toBeUndefined(),
  );
});

describe('isRetryable', () => {
  it('is true for serialization failures and deadlocks only', () => {
    const codes = ['40001', '40P01', '23505', '57014', 'ECONNRESET'];
    expect(codes.filter((code) => isRetryable(failedQuery(code)))).toEqual(['40001', '40P01']);
  });
});

describe('isDatabaseUnavailable', () => {
  it('is true for errors and problems of an unavailable database', () => {
    const errors = [
      failedQuery('57P01'),
      withCode('ECONNREFUSED'),
      new Problem('database_unavailable'),
      failedQuery('23505'),
      new Problem('overloaded'),
      new Error('broken'),
    ];
    expect(errors.map(isDatabaseUnavailable)).toEqual([true, true, true, false, false, false]);
  });
});
