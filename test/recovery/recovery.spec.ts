import { runCheck } from '../support/check-process.ts';
import type { Observed } from './probes.ts';

const UNAVAILABLE = '503 database_unavailable';
/** What some responses must be during a fault, beside 200. */
const EXPECTED: Record<string, Record<string, string>> = {
  'PostgreSQL frozen': { 'cached read': '200 stale', readiness: '503 not_ready' },
  'packets of open connections lost': { write: UNAVAILABLE },
  'PostgreSQL read-only': { write: UNAVAILABLE, readiness: '200 degraded' },
  'disk of PostgreSQL full': { write: UNAVAILABLE, readiness: '200 degraded' },
  'PostgreSQL killed, restarted': { 'cached read': '200 stale', write: UNAVAILABLE, readiness: '503 not_ready' },
  'table locked by another session': { write: '503 write_contention' },
  'Redis frozen': { readiness: '200 degraded' },
  'Redis killed, restarted': { readiness: '200 degraded' },
  'Redis read-only': { readiness: '200 degraded' },
};
const READS = ['cached read', 'other read'];

/**
 * The short form of `npm run test:recovery`, in a process of its own with its own PostgreSQL and Redis. A fault lasts
 * longer than the pause of the circuit breaker of Redis.
 */
describe('faults of PostgreSQL and Redis', () => {
  let observed: Record<string, Observed>;
  let output: string;

  beforeAll(async () => {
    const check = await runCheck<{ sound: typeof observed }>('test/recovery/check.ts', ['--seconds', '6']);
    observed = check.result.sound;
    ({ output } = check);
    for (const [skipped] of output.matchAll(/SKIPPED: .*/g)) console.warn(skipped);
  }, 300_000);

  const each = Object.entries(EXPECTED);

  it.each(each)('%s: clients see it, and it is over in less than 10 s', (fault, expected) => {
    const result = observed[fault];
    if (!result) return expect(output).toContain('SKIPPED');
    for (const [probe, response] of Object.entries(expected)) expect(result.seen[probe]).toHaveProperty([response]);
    expect(JSON.stringify(result.seen)).not.toContain('"500');
    expect(result.recoveredMs).toBeLessThan(10_000);
  });

  it.each(['PostgreSQL read-only', 'disk of PostgreSQL full'])('%s: reads work', (fault) => {
    for (const probe of READS) expect(Object.keys(observed[fault]?.seen[probe] ?? { 200: 0 })).toEqual(['200']);
  });

  it.each(each.filter(([fault]) => fault.startsWith('Redis')))('%s: reads and writes work', (fault) => {
    for (const probe of [...READS, 'write'])
      expect(Object.keys(observed[fault]?.seen[probe] ?? { 200: 0 })).toEqual(['200']);
  });
});
