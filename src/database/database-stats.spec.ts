import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { currentQueryStats, QueryStats, withQueryStats } from '../instrumentation/request-timing';
import { DatabaseStats } from './database-stats';

const failing =
  (code: string, message = 'failed') =>
  () =>
    Promise.reject(Object.assign(new DatabaseError(message, 6, 'error'), { code }));
const deadlock = failing('40P01', 'deadlock detected');
const done = () => Promise.resolve('done');

describe('DatabaseStats', () => {
  let times: DatabaseStats;
  let stats: QueryStats;

  beforeEach(() => {
    times = new DatabaseStats();
    stats = new QueryStats();
  });

  it('adds statements and waits to the process and to the request', async () => {
    await times.measureConnect(() => sleep(2), stats);
    expect(await times.measureQuery(done, stats)).toBe('done');
    expect([times.waits.count, times.statements.count, stats.statements]).toEqual([1, 1, 1]);
    expect(stats.waitMs).toBeGreaterThan(1);
    expect(stats.ms).toBeGreaterThanOrEqual(stats.waitMs);
    expect(times.lastResponseAt).toBeGreaterThan(0);
  });

  it('counts failures by problem code, and passes them on', async () => {
    await expect(times.measureQuery(deadlock, stats)).rejects.toThrow('deadlock');
    await expect(times.measureConnect(() => Promise.reject(new Error('broken')), stats)).rejects.toThrow('broken');
    expect([...times.failures]).toEqual([
      ['write_contention', 1],
      ['internal_error', 1],
    ]);
    expect([times.statements.count, times.waits.count, stats.statements]).toEqual([0, 1, 1]);
  });

  it('turns an error of the connection into a problem', async () => {
    const reset = () => Promise.reject(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    await expect(times.measureQuery(reset, stats)).rejects.toMatchObject({ code: 'database_unavailable' });
    expect([...times.failures]).toEqual([['database_unavailable', 1]]);
  });

  it('remembers that the server refuses writes until a COMMIT succeeds', async () => {
    await expect(times.measureQuery(failing('25006'), stats)).rejects.toThrow();
    await times.measureQuery(done, stats);
    expect(times.refusal).toEqual({ sqlState: '25006', at: expect.any(Number) as number });
    await times.measureCommit(() => Promise.resolve(), stats);
    expect(times.refusal).toBeUndefined();
  });

  it('measures outside requests too', async () => {
    await times.measureConnect(done);
    await times.measureCommit(() => Promise.resolve());
    expect([times.waits.count, times.statements.count]).toEqual([1, 1]);
  });

  it('refuses connections, statements and COMMIT after the request has timed out', async () => {
    stats.isExpired = true;
    const run = jest.fn(() => Promise.resolve());
    for (const measure of ['measureConnect', 'measureQuery', 'measureCommit'] as const)
      await expect(times[measure](run, stats)).rejects.toMatchObject({ code: 'timeout' });
    expect(run).not.toHaveBeenCalled();
    expect(stats.isCommitting).toBe(false);
  });

  it('reports a COMMIT in progress', async () => {
    const states: boolean[] = [];
    const commit = () => {
      states.push(stats.isCommitting);
      return Promise.resolve();
    };
    await times.measureCommit(commit, stats);
    await expect(times.measureCommit(async () => void (await deadlock()), stats)).rejects.toThrow();
    expect([states, stats.isCommitting]).toEqual([[true], false]);
  });
});

describe('withQueryStats', () => {
  it('sets the statistics of everything that a request starts', async () => {
    const [one, other] = [new QueryStats(), new QueryStats()];
    const later = async () => {
      await sleep(1);
      return currentQueryStats();
    };
    expect(await Promise.all([withQueryStats(one, later), withQueryStats(other, later), later()])).toEqual([
      one,
      other,
      undefined,
    ]);
    expect(one).not.toBe(other);
  });
});
