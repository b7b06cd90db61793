import { setImmediate } from 'node:timers/promises';
import { ThrottlingStats } from '../../throttling/throttling-stats';
import { WindowStorage } from '../../throttling/window-storage';
import { PasswordAttempts } from './password-attempts';

describe('PasswordAttempts', () => {
  let attempts: PasswordAttempts;

  beforeEach(() => {
    const storage = new WindowStorage({ isConfigured: false, attempt: () => Promise.resolve(undefined) });
    attempts = new PasswordAttempts(storage, new ThrottlingStats(storage));
  });

  it('runs the attempts of one address and name one after the other', async () => {
    const steps: string[] = [];
    const attempt = (name: string) =>
      attempts.run('192.0.2.1', name, async () => {
        steps.push(`${name} begins`);
        await setImmediate();
        steps.push(`${name} ends`);
        return name;
      });
    await Promise.all([attempt('ada'), attempt('ada'), attempt('bob')]);
    expect(steps.slice(0, 2)).toEqual(['ada begins', 'bob begins']);
    expect(steps.filter((step) => step.startsWith('ada'))).toEqual([
      'ada begins',
      'ada ends',
      'ada begins',
      'ada ends',
    ]);
  });

  it('counts failed attempts, not successful ones and errors', async () => {
    const run = (work: () => Promise<string | undefined>) => attempts.run('192.0.2.1', 'ada', work);
    for (let time = 0; time < 10; time++) await run(() => Promise.resolve('verified'));
    await expect(run(() => Promise.reject(new Error('overloaded')))).rejects.toThrow('overloaded');
    const failed = Array.from({ length: 5 }, () => run(() => Promise.resolve(undefined)));
    expect(await Promise.all(failed)).toEqual(Array(5).fill(undefined));
    await expect(run(() => Promise.resolve('verified'))).rejects.toMatchObject({ code: 'rate_limited' });
  });

  it('remembers no queue after the last attempt', async () => {
    const { queues } = attempts as unknown as { queues: Map<string, unknown> };
    const running = Array.from({ length: 3 }, () => attempts.run('192.0.2.1', 'ada', () => Promise.resolve(undefined)));
    const refused = attempts.run('192.0.2.1', 'ada', () => Promise.reject(new Error('overloaded')));
    expect(queues.size).toBe(1);
    await Promise.allSettled([...running, refused]);
    expect(queues.size).toBe(0);
  });
});
