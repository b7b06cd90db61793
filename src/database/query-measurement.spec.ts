import { setTimeout as sleep } from 'node:timers/promises';
import { currentQueryStats, QueryStats, withQueryStats } from '../instrumentation/query-stats';
import { DatabaseStats } from './database-stats';
import { measureCommit, measureConnect, measureQuery } from './query-measurement';

const deadlock = () => Promise.reject(Object.assign(new Error('deadlock detected'), { code: '40P01' }));
const done = () => Promise.resolve('done');

describe('query measurement', () => {
  let times: DatabaseStats;
  let stats: QueryStats;

  beforeEach(() => {
    times = new DatabaseStats();
    stats = new QueryStats();
  });

  it('adds statements and waits to the process and to the request', async () => {
    await measureConnect(times, stats, () => sleep(2));
    expect(await measureQuery(times, stats, done)).toBe('done');
    expect([times.waits.count, times.statements.count, stats.statements]).toEqual([1, 1, 1]);
    expect(stats.waitMs).toBeGreaterThan(1);
    expect(stats.ms).toBeGreaterThanOrEqual(stats.waitMs);
    expect(times.lastResponseAt).toBeGreaterThan(0);
  });

  it('counts failures by problem code, and passes them on', async () => {
    await expect(measureQuery(times, stats, deadlock)).rejects.toThrow('deadlock');
    await expect(measureConnect(times, stats, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect([...times.failures]).toEqual([
      ['write_contention', 1],
      ['internal_error', 1],
    ]);
    expect([times.statements.count, times.waits.count, stats.statements]).toEqual([0, 1, 1]);
  });

  it('measures outside requests too', async () => {
    await measureConnect(times, undefined, done);
    await measureCommit(times, undefined, () => Promise.resolve());
    expect([times.waits.count, times.statements.count]).toEqual([1, 1]);
  });

  it('refuses connections, statements and COMMIT after the request has timed out', async () => {
    stats.isExpired = true;
    const run = jest.fn(() => Promise.resolve());
    for (const measure of [measureConnect, measureQuery, measureCommit])
      await expect(measure(times, stats, run)).rejects.toMatchObject({ code: 'timeout' });
    expect(run).not.toHaveBeenCalled();
    expect(stats.isCommitting).toBe(false);
  });

  it('reports a COMMIT in progress', async () => {
    const states: boolean[] = [];
    const commit = () => {
      states.push(stats.isCommitting);
      return Promise.resolve();
    };
    await measureCommit(times, stats, commit);
    await expect(measureCommit(times, stats, async () => void (await deadlock()))).rejects.toThrow();
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
