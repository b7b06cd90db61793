import { FairQueue, QueueFull } from './fair-queue';

/** Work that ends on request, and records the order in which it started. */
function workshop(queue: FairQueue) {
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const add = (client: string, name = client) =>
    queue.run(client, () => {
      started.push(name);
      return new Promise<void>((end) => ends.push(end));
    });
  /** Ends the work that has been in progress for the longest time. */
  const end = async () => {
    ends.shift()?.();
    await new Promise(setImmediate);
  };
  return { started, add, end };
}

describe('FairQueue', () => {
  it('runs as much as its concurrency allows', async () => {
    const { started, add, end } = workshop(new FairQueue(2, 10));
    const all = ['a', 'b', 'c'].map((client) => add(client));
    await new Promise(setImmediate);
    expect(started).toEqual(['a', 'b']);
    await end();
    expect(started).toEqual(['a', 'b', 'c']);
    await end();
    await end();
    await Promise.all(all);
  });

  it('serves clients in turns, each in its own order', async () => {
    const { started, add, end } = workshop(new FairQueue(1, 10));
    const names = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'];
    const all = names.map((name) => add(name.slice(0, 1), name));
    for (let n = 0; n < names.length; n++) await end();
    await Promise.all(all);
    expect(started).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2']);
  });

  it('refuses what is too much for one client, and for all', async () => {
    const { add, end } = workshop(new FairQueue(1, 2, 3));
    const accepted = [add('a'), add('a'), add('a')];
    await expect(add('a')).rejects.toThrow(QueueFull);
    accepted.push(add('b'));
    await expect(add('c')).rejects.toThrow(QueueFull);
    for (let n = 0; n < accepted.length; n++) await end();
    await Promise.all(accepted);
    const again = add('c');
    await end();
    await again;
  });

  it('leaves places for other clients where one has as many as it may', async () => {
    const { started, add, end } = workshop(new FairQueue(3, 10, 100, { concurrencyPerClient: 2 }));
    const all = ['a', 'a', 'a', 'b', 'a'].map((client, index) => add(client, `${client}${index}`));
    await new Promise(setImmediate);
    expect(started).toEqual(['a0', 'a1', 'b3']);
    await end();
    expect(started).toEqual(['a0', 'a1', 'b3', 'a2']);
    for (let n = 0; n < 4; n++) await end();
    await Promise.all(all);
    expect(started).toEqual(['a0', 'a1', 'b3', 'a2', 'a4']);
  });

  it('refuses work whose turn does not come in time', async () => {
    const { started, add, end } = workshop(new FairQueue(1, 10, 100, { waitMs: 20 }));
    const first = add('a', 'a1');
    await expect(add('a', 'a2')).rejects.toThrow(QueueFull);
    const third = add('b');
    await end();
    await end();
    await Promise.all([first, third]);
    expect(started).toEqual(['a1', 'b']);
  });

  it('goes on after work that fails', async () => {
    const queue = new FairQueue(1, 10);
    const failed = queue.run('a', () => Promise.reject(new Error('no')));
    const next = queue.run('a', () => Promise.resolve('done'));
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe('done');
  });
});
