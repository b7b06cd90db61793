import { createHook } from 'node:async_hooks';
import { argon2 } from 'node:crypto';
import { promisify } from 'node:util';
import type { Problem } from '../../problems/problem';
import { times } from '../../../test/support/concurrently';
import { PasswordHashing } from './password-hashing';

const PASSWORD = 'three llamas cross at noon';
/** From the tests of the reference implementation, github.com/P-H-C/phc-winner-argon2: 64 MiB, salt `somesalt`. */
const REFERENCE = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';

/** The most hashes that Node had at work at once meanwhile. */
async function mostAtOnce(work: () => Promise<unknown>): Promise<number> {
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

describe('hashing passwords', () => {
  const hashing = new PasswordHashing();
  let hash: string;
  beforeAll(async () => (hash = await hashing.hash(PASSWORD)));
  /** Three hashes, of three kinds. */
  const asked = () => [hashing.hash('a'), hashing.isRight('b', hash), hashing.isRight('c', undefined)];

  it('gives Argon2id with 19 MiB, two passes and one lane, in the PHC string format, with a salt of its own', async () => {
    const form = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/;
    const again = await hashing.hash(PASSWORD);
    expect([hash, again]).toEqual([expect.stringMatching(form), expect.stringMatching(form)]);
    expect(again.split('$')[4]).not.toBe(hash.split('$')[4]);
    expect(again.split('$')[5]).not.toBe(hash.split('$')[5]);
  });

  it('knows the right password, and no other', async () => {
    expect(await hashing.isRight(PASSWORD, hash)).toBe(true);
    for (const wrong of ['', 'x', PASSWORD.toUpperCase(), `${PASSWORD} `, PASSWORD.slice(0, -1), hash])
      expect([wrong, await hashing.isRight(wrong, hash)]).toEqual([wrong, false]);
  });

  it('takes the cost from the hash, as others wrote it', async () => {
    expect(await hashing.isRight('password', REFERENCE)).toBe(true);
    expect(await hashing.isRight('Password', REFERENCE)).toBe(false);
    expect(await hashing.isRight('password', REFERENCE.replace('t=2', 't=3'))).toBe(false);
  });

  it.each<[string, (hash: string) => string | undefined]>([
    ['none', () => undefined],
    ['an empty one', () => ''],
    ['the password itself', () => PASSWORD],
    ['text', () => 'garbage'],
    ['another algorithm', (good) => good.replace('argon2id', 'argon2i')],
    ['another version', (good) => good.replace('v=19', 'v=16')],
    ['bcrypt', () => '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW'],
    ['no digest', (good) => good.slice(0, good.lastIndexOf('$'))],
    ['an empty digest', (good) => good.slice(0, good.lastIndexOf('$') + 1)],
    ['half a digest', (good) => good.slice(0, -20)],
    ['another digest', (good) => good.replace(/[^$]{43}$/, 'A'.repeat(43))],
    ['another salt', (good) => good.replace(/\$[^$]{22}\$/, `$${'A'.repeat(22)}$`)],
    ['something after it', (good) => `${good}$`],
  ])('no password is right for a hash that is %s', async (_, spoil) => {
    expect(await hashing.isRight(PASSWORD, spoil(hash))).toBe(false);
  });

  it.each([
    ['ä composed and decomposed', 'zw\u00f6lf Boxk\u00e4mpfer', 'zwo\u0308lf Boxka\u0308mpfer'],
    ['a ligature', 'three ﬁsh at noon', 'three fish at noon'],
    ['full width', 'ｋｕｄｚｕ ｐａｎｅｌ', 'kudzu panel'],
    ['no-break space', 'kudzu\u00a0panel', 'kudzu panel'],
  ])('takes two ways to type the same for the same: %s', async (_, one, other) => {
    expect(one).not.toBe(other);
    expect(await hashing.isRight(other, await hashing.hash(one))).toBe(true);
    expect(await hashing.isRight(one, await hashing.hash(other))).toBe(true);
    expect(await hashing.isRight(`${other}.`, await hashing.hash(one))).toBe(false);
  });

  it('works on two at once at the most, whatever is asked of it', async () => {
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
    expect(await mostAtOnce(() => Promise.all(times(4, unlimited)))).toBe(4);
    expect(await mostAtOnce(() => Promise.all(times(3, asked).flat()))).toBe(2);
    expect(await mostAtOnce(async () => (await hashing.hash('a'), await hashing.hash('b')))).toBe(1);
  });

  it('lets fifty wait, refuses more by 503, and takes the next when there is room', async () => {
    // Whatever a hash costs: these take 8 KiB.
    const cheap = `$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$${'A'.repeat(43)}`;
    const outcomes = await Promise.allSettled(times(60, () => hashing.isRight(PASSWORD, cheap)));
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Problem] : []));
    // Two are at work beside those who wait; whether they have begun when all come in one moment does not matter.
    expect([8, 9, 10]).toContain(refused.length);
    for (const { status, code, headers } of refused)
      expect({ status, code, headers }).toEqual({ status: 503, code: 'overloaded', headers: { 'retry-after': '1' } });
    expect(await hashing.isRight(PASSWORD, hash)).toBe(true);
  });

  it('takes as long for an account that there is not as for a wrong password', async () => {
    const timeOf = async (given: string | undefined) => {
      const start = performance.now();
      expect(await hashing.isRight('not the password', given)).toBe(false);
      return performance.now() - start;
    };
    const taken: Record<'known' | 'unknown' | 'garbage', number[]> = { known: [], unknown: [], garbage: [] };
    await timeOf(hash);
    // In turns, so that whatever else the machine does meets all three.
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
