import { runCheck } from '../support/check-process.ts';
import { BREAKAGES, type Breakage } from './breakages.ts';

type Numbers = Partial<Record<string, number>>;
interface Result {
  figures: Record<'reads' | 'cache' | 'responses' | 'writes' | 'faults' | 'violations', Numbers> & {
    reported: string[];
  };
}

const FAULTS_OF_REDIS = ['SIGSTOP of Redis', 'FLUSHALL', 'kill -9 of Redis'];
const FAULTS = [
  'kill -9 of an instance',
  'SIGSTOP of an instance',
  'one session terminated',
  'generation sessions terminated',
  'all sessions terminated',
  'database closed',
];

const sum = (numbers: Numbers) => Object.values(numbers).reduce<number>((total, count = 0) => total + count, 0);

/** The short form of `npm run test:consistency`, in a process of its own: two instances, a database, a Redis. */
describe('the cache during faults', () => {
  let output: string;
  let sound: Result['figures'];
  let broken: Record<Breakage, Result>;

  beforeAll(async () => {
    const options = ['--seconds', '12', '--reads', '2000', '--instances', '2', '--readers', '24'];
    const check = await runCheck<{ sound: Result; broken: Record<Breakage, Result> }>(
      'test/consistency/check.ts',
      options,
    );
    ({ output } = check);
    sound = check.result.sound.figures;
    ({ broken } = check.result);
  }, 300_000);

  it('serves no response that is older than a write acknowledged before the request, and loses no write', () => {
    expect(sound.reported).toEqual([]);
    expect(sound.violations).toEqual({});
  });

  it('is read from the cache, compressed and with 304', () => {
    expect(sum(sound.reads)).toBeGreaterThanOrEqual(2000);
    expect(sound.cache.HIT).toBeGreaterThan(100);
    expect(sound.cache.MISS).toBeGreaterThan(100);
    expect(sound.responses.compressed).toBeGreaterThan(10);
    expect(sound.responses['not modified']).toBeGreaterThan(10);
  });

  it('is written to in every way', () => {
    for (const kind of ['PATCH', 'PUT', 'bulk', 'create', 'delete', 'restore', 'move', 'SQL', 'SQL without version'])
      expect({ kind, count: sound.writes[kind] }).toEqual({ kind, count: expect.any(Number) });
  });

  it('has faults of instances, database sessions and Redis', () => {
    const withoutRedis = output.includes('SKIPPED');
    if (withoutRedis) console.warn('SKIPPED: “faults of Redis”: there is no redis-server on the PATH');
    for (const fault of withoutRedis ? FAULTS : [...FAULTS, ...FAULTS_OF_REDIS])
      expect({ fault, count: sound.faults[fault] }).toEqual({ fault, count: expect.any(Number) });
  });

  it.each(Object.entries(BREAKAGES))('detects the defect %s: %s', (breakage) => {
    expect(broken[breakage as Breakage].figures.violations.stale).toBeGreaterThan(0);
  });
});
