import { createHook } from 'node:async_hooks';
import { argon2 } from 'node:crypto';
import { promisify } from 'node:util';
import type { Problem } from '../../problems/problem';
import { times } from '../../../test/support/concurrently';
import { PasswordHashing } from './password-hashing';

const PASSWORD = 'three llamas cross at noon';
/** A test vector of the reference implementation, github.com/P-H-C/phc-winner-argon2: 64 MiB, salt `somesalt`. */
const REFERENCE = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';

/** The highest number of hashes that ran at the same time during `work`. */
async function maxConcurrency(work: () => Promise<unknown>): Promise<number> {
  const running = new Set<number>();
  let most = 0;
  const hook = createHook({
    init(id, type) {
      if (type === 'ARGON2REQUEST') most = Math.max(most, running.add(id).size);
    },
    before: (id) => void running.delete(id),
  }).enable();
  try {
    await work();
  } finally {
    hook.disable();
  }
  return most;
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

describe('PasswordHashing', () => {
  const service = new PasswordHashing();
  const hashing = {
    hash: (password: string, address = '192.0.2.1') => service.hash(password, address),
    verify: (password: string, digest: string | undefined, address = '192.0.2.1') =>
      service.verify(password, digest, address),
  };
  let hash: string;
  beforeAll(async () => (hash = await hashing.hash(PASSWORD)));
  /** One hash of each kind. */
  const oneOfEach = () => [hashing.hash('a'), hashing.verify('b', hash), hashing.verify('c', undefined)];

  it('returns Argon2id with 19 MiB, two passes, one lane and a random salt in the PHC string format', async () => {
    const form = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/;
    const again = await hashing.hash(PASSWORD);
    expect([hash, again]).toEqual([expect.stringMatching(form), expect.stringMatching(form)]);
    expect(again.split('$')[4]).not.toBe(hash.split('$')[4]);
    expect(again.split('$')[5]).not.toBe(hash.split('$')[5]);
  });

  it('verifies the right password and no other', async () => {
    expect(await hashing.verify(PASSWORD, hash)).toBe(true);
    for (const wrong of ['', 'x', PASSWORD.toUpperCase(), `${PASSWORD} `, PASSWORD.slice(0, -1), hash])
      expect([wrong, await hashing.verify(wrong, hash)]).toEqual([wrong, false]);
  });

  it('reads the cost from the hash', async () => {
    expect(await hashing.verify('password', REFERENCE)).toBe(true);
    expect(await hashing.verify('Password', REFERENCE)).toBe(false);
    expect(await hashing.verify('password', REFERENCE.replace('t=2', 't=3'))).toBe(false);
  });

  it.each<[string, (hash: string) => string | undefined]>([
    ['absent', () => undefined],
    ['empty', () => ''],
    ['the password itself', () => PASSWORD],
    ['text', () => 'garbage'],
    ['another algorithm', (good) => good.replace('argon2id', 'argon2i')],
    ['another version', (good) => good.replace('v=19', 'v=16')],
    ['bcrypt', () => '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW'],
    ['without a digest', (good) => good.slice(0, good.lastIndexOf('$'))],
    ['an empty digest', (good) => good.slice(0, good.lastIndexOf('$') + 1)],
    ['half a digest', (good) => good.slice(0, -20)],
    ['another digest', (good) => good.replace(/[^$]{43}$/, 'A'.repeat(43))],
    ['another salt', (good) => good.replace(/\$[^$]{22}\$/, `$${'A'.repeat(22)}$`)],
    ['followed by another character', (good) => `${good}$`],
  ])('verifies no password against a hash that is %s', async (_, spoil) => {
    expect(await hashing.verify(PASSWORD, spoil(hash))).toBe(false);
  });

  it.each([
    ['ä composed and decomposed', 'zw\u00f6lf Boxk\u00e4mpfer', 'zwo\u0308lf Boxka\u0308mpfer'],
    ['a ligature', 'three ﬁsh at noon', 'three fish at noon'],
    ['full width', 'ｋｕｄｚｕ ｐａｎｅｌ', 'kudzu panel'],
    ['no-break space', 'kudzu\u00a0panel', 'kudzu panel'],
  ])('normalizes Unicode: %s', async (_, one, other) => {
    expect(one).not.toBe(other);
    expect(await hashing.verify(other, await hashing.hash(one))).toBe(true);
    expect(await hashing.verify(one, await hashing.hash(other))).toBe(true);
    expect(await hashing.verify(`${other}.`, await hashing.hash(one))).toBe(false);
  });

  it('runs at most two hashes at the same time', async () => {
    const derive = promisify(argon2);
    const unlimited = () =>
      derive('argon2id', {
        memory: 19_456,
        passes: 2,
        parallelism: 1,
        message: 'x',
        nonce: hash.slice(-16),
        tagLength: 32,
      });
    expect(await maxConcurrency(() => Promise.all(times(4, unlimited)))).toBe(4);
    expect(await maxConcurrency(() => Promise.all(times(3, oneOfEach).flat()))).toBe(2);
    expect(await maxConcurrency(async () => (await hashing.hash('a'), await hashing.hash('b')))).toBe(1);
  });

  describe('with many attempts', () => {
    // The cost does not matter here: these take 8 KiB.
    const cheap = `$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$${'A'.repeat(43)}`;

    it('queues ten hashes of a client, rejects more with 503, and recovers', async () => {
      const outcomes = await Promise.allSettled(times(20, () => hashing.verify(PASSWORD, cheap)));
      const rejected = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [outcome.reason as Problem] : [],
      );
      // Two run beside the queue.
      expect(rejected).toHaveLength(8);
      for (const { status, code, headers } of rejected)
        expect({ status, code, headers }).toEqual({ status: 503, code: 'overloaded', headers: { 'retry-after': '1' } });
      expect(await hashing.verify(PASSWORD, hash)).toBe(true);
    });

    it('lets a user in from another address, before the attempts that wait', async () => {
      const completed: string[] = [];
      const attempt = (address: string) =>
        hashing.verify(PASSWORD, cheap, address).then(
          () => completed.push(address),
          () => undefined,
        );
      const attacks = times(6, (n) => times(90, () => attempt(`198.51.100.${n}`))).flat();
      await attempt('203.0.113.9');
      // One turn of each of the six, and the two that ran.
      expect(completed.length).toBeLessThanOrEqual(6 + 2 + 2);
      await Promise.all(attacks);
    });
  });

  it('takes as long for an unknown user as for a wrong password', async () => {
    const timeOf = async (given: string | undefined) => {
      const start = performance.now();
      expect(await hashing.verify('not the password', given)).toBe(false);
      return performance.now() - start;
    };
    const taken: Record<'known' | 'unknown' | 'garbage', number[]> = { known: [], unknown: [], garbage: [] };
    await timeOf(hash);
    // Interleaved, so that other load on the machine affects all three alike.
    for (let n = 0; n < 9; n++) {
      taken.known.push(await timeOf(hash));
      taken.unknown.push(await timeOf(undefined));
      taken.garbage.push(await timeOf('garbage'));
    }
    for (const other of [taken.unknown, taken.garbage]) {
      const ratio = median(other) / median(taken.known);
      expect(ratio).toBeGreaterThan(0.5);
      expect(ratio).toBeLessThan(2);
    }
  });
});
