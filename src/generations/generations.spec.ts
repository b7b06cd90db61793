import { setImmediate } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { readConfig } from '../config/config';
import { isDatabaseUnavailable } from '../database/database-errors';
import { Problem } from '../problems/problem';
import { Generation, type GenerationSource } from './generation-reader';
import { Generations } from './generations';
import { ResourceDependencies } from './resource-dependencies';

/** A database with a counter, whose connections and reads the test can delay and fail. */
class FakeDatabase {
  counter = 0;
  epoch = 'epoch-1';
  connects = 0;
  reads = 0;
  open = new Set<GenerationSource>();
  connectError: Error | undefined;
  readError: Error | undefined;
  /** The age of a generation when it is read. */
  ageMs = 0;
  failNextRead: Error | undefined;
  /** While set, a read has taken its snapshot and waits for `release`. */
  private held: (() => void)[] | undefined;
  private onLost: (source: GenerationSource) => void = () => undefined;

  connect(resources: readonly string[], onLost: (source: GenerationSource) => void): Promise<GenerationSource> {
    this.connects++;
    this.onLost = onLost;
    if (this.connectError) return Promise.reject(this.connectError);
    const source: GenerationSource = {
      read: () => this.read(resources),
      destroy: () => void this.open.delete(source),
    };
    this.open.add(source);
    return Promise.resolve(source);
  }

  hold(): void {
    this.held = [];
  }

  release(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const resolve of held) resolve();
  }

  /** Closes every connection, as a restart of the server does. */
  restart(): void {
    for (const source of this.open) this.onLost(source);
  }

  private async read(resources: readonly string[]): Promise<Generation> {
    this.reads++;
    const numbers = resources.map(() => String(this.counter));
    const generation = new Generation(this.epoch, resources, numbers, performance.now() - this.ageMs);
    await new Promise<void>((resolve) => (this.held ? this.held.push(resolve) : resolve()));
    const error = this.failNextRead ?? this.readError;
    this.failNextRead = undefined;
    if (error) throw error;
    return generation;
  }
}

const METRICS = ['metrics'];
const connectionError = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

describe('Generations', () => {
  let database: FakeDatabase;
  let generations: Generations;

  const create = (settings: Record<string, string> = {}) => {
    const dependencies = new ResourceDependencies();
    dependencies.register('metrics', [], false);
    return new Generations(readConfig({ DATABASE_URL: 'postgresql://none', ...settings }), dependencies, database);
  };
  const tag = async (maxAgeMs?: number) => (await generations.current(maxAgeMs)).tag(METRICS);
  /** Lets a scheduled query start. */
  const turns = async (count = 5) => {
    for (let turn = 0; turn < count; turn++) await setImmediate();
  };

  beforeAll(() => {
    Logger.overrideLogger(false);
  });
  beforeEach(() => {
    database = new FakeDatabase();
    generations = create();
  });
  afterEach(() => generations.onModuleDestroy());

  describe('coalescing', () => {
    it('runs one query for all requests that wait', async () => {
      const tags = await Promise.all(Array.from({ length: 500 }, () => tag()));
      expect(new Set(tags)).toEqual(new Set(['epoch-1.0']));
      expect([database.connects, database.reads]).toEqual([1, 1]);
      expect(generations.stats()).toEqual({ state: 'up', queries: 1, failures: 0 });
    });

    it('does not share a query that started before the request arrived', async () => {
      database.hold();
      const early = tag();
      await turns();
      // The snapshot of the running query was taken before this write.
      database.counter++;
      const late = [tag(), tag()];
      await turns();
      expect(database.reads).toBe(1);
      database.release();
      expect(await early).toBe('epoch-1.0');
      expect(await Promise.all(late)).toEqual(['epoch-1.1', 'epoch-1.1']);
      expect(database.reads).toBe(2);
    });

    it('runs the scheduled query after the running one has failed', async () => {
      await tag();
      database.hold();
      const early = tag();
      await turns();
      const late = tag();
      database.restart();
      database.readError = new Error('Connection terminated');
      database.release();
      await expect(early).rejects.toThrow();
      await expect(late).rejects.toThrow();
    });
  });

  describe('bounded staleness', () => {
    it('is off by default: each request sees every earlier write', async () => {
      expect(await tag()).toBe('epoch-1.0');
      database.counter++;
      expect(await tag()).toBe('epoch-1.1');
    });

    it('returns the last generation without a query while it is young enough', async () => {
      await tag();
      database.counter++;
      expect(await Promise.all([tag(60_000), tag(60_000)])).toEqual(['epoch-1.0', 'epoch-1.0']);
      expect(database.reads).toBe(1);
    });

    it('takes the maximum age from CACHE_MAX_STALENESS_MS', async () => {
      generations = create({ CACHE_MAX_STALENESS_MS: '5000' });
      await tag();
      database.counter++;
      expect([await tag(), await tag(0)]).toEqual(['epoch-1.0', 'epoch-1.1']);
    });

    it('refreshes in the background once the last generation has half of the maximum age', async () => {
      database.ageMs = 60_000;
      await tag();
      database.ageMs = 0;
      database.counter++;
      expect(await tag(100_000)).toBe('epoch-1.0');
      await turns();
      expect(database.reads).toBe(2);
      expect(await tag(60_000)).toBe('epoch-1.1');
    });

    it('queries where the last generation is too old', async () => {
      database.ageMs = 60_000;
      await tag();
      database.counter++;
      expect(await tag(50_000)).toBe('epoch-1.1');
    });

    it('does not return a generation of a closed connection', async () => {
      await tag();
      database.restart();
      database.epoch = 'epoch-2';
      expect(await tag(60_000)).toBe('epoch-2.0');
    });
  });

  describe('a lost connection', () => {
    it('is replaced, and the request does not notice', async () => {
      await tag();
      database.restart();
      database.epoch = 'epoch-2';
      expect(await tag()).toBe('epoch-2.0');
      expect([database.connects, database.open.size]).toEqual([2, 1]);
      expect(generations.stats()).toMatchObject({ state: 'up', failures: 0 });
    });

    it('is replaced once where a query finds that it is lost', async () => {
      await tag();
      database.failNextRead = connectionError('ECONNRESET');
      database.counter++;
      expect(await tag()).toBe('epoch-1.1');
      expect([database.connects, database.reads, database.open.size]).toEqual([2, 3, 1]);
      expect(generations.stats()).toMatchObject({ state: 'up', failures: 0 });
    });
  });

  describe('an unavailable database', () => {
    const recovered = async () => {
      while (generations.stats().state !== 'up') await new Promise((resolve) => setTimeout(resolve, 10));
    };

    it('fails requests at once, without a query', async () => {
      database.connectError = connectionError('ECONNREFUSED');
      const error: unknown = await tag().catch((cause: unknown) => cause);
      expect(isDatabaseUnavailable(error)).toBe(true);
      const { connects } = database;
      await Promise.all(Array.from({ length: 100 }, () => expect(tag()).rejects.toBe(error)));
      expect(database.connects).toBe(connects);
      expect(generations.stats()).toMatchObject({ state: 'away', failures: 1 });
    });

    it('is one that does not respond in time, and no second query is tried', async () => {
      await tag();
      database.readError = new Error('Query read timeout');
      const error: unknown = await tag().catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(Problem);
      expect(error).toMatchObject({ code: 'database_unavailable', headers: { 'retry-after': '2' } });
      expect(database.reads).toBe(2);
      expect(database.open.size).toBe(0);
    });

    it('is not served from the last generation, however young that is', async () => {
      await tag();
      database.readError = new Error('Query read timeout');
      await expect(tag()).rejects.toThrow();
      await expect(tag(60_000)).rejects.toThrow();
    });

    it('is tried again in the background until it is available', async () => {
      database.connectError = connectionError('ECONNREFUSED');
      await expect(tag()).rejects.toThrow();
      database.connectError = undefined;
      database.epoch = 'epoch-2';
      database.counter = 7;
      await recovered();
      expect(await tag()).toBe('epoch-2.7');
      expect(generations.stats()).toMatchObject({ state: 'up', failures: 1 });
      expect(generations.lastResponseAt).toBeGreaterThan(0);
    });

    it('counts each outage once, however many requests fail', async () => {
      database.connectError = connectionError('ECONNREFUSED');
      await Promise.allSettled(Array.from({ length: 50 }, () => tag()));
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(generations.stats().failures).toBe(1);
    });

    it('is not tried again after the shutdown', async () => {
      database.connectError = connectionError('ECONNREFUSED');
      await expect(tag()).rejects.toThrow();
      generations.onModuleDestroy();
      const { connects } = database;
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(database.connects).toBe(connects);
    });
  });

  it('closes its connection at the shutdown', async () => {
    await tag();
    generations.onModuleDestroy();
    expect(database.open.size).toBe(0);
  });
});

describe('Generation', () => {
  const generation = new Generation('e', ['domains', 'metrics', 'objectives'], ['1', '20', '3'], 0);

  it('has one tag for the state of some resources, epoch included', () => {
    expect(generation.tag(['objectives', 'metrics'])).toBe('e.3.20');
    expect(new Generation('f', ['metrics'], ['20'], 0).tag(['metrics'])).toBe('f.20');
  });
});

describe('ResourceDependencies', () => {
  it('links resources in both directions', () => {
    const dependencies = new ResourceDependencies();
    dependencies.register('domains', ['domains'], false);
    dependencies.register('metrics', ['domains'], false);
    dependencies.register('objectives', ['metrics'], true);
    expect(dependencies.resources).toEqual(['domains', 'metrics', 'objectives']);
    expect(dependencies.of('metrics')).toEqual(['domains', 'metrics', 'objectives']);
    expect(dependencies.of('domains')).toEqual(['domains', 'metrics']);
    expect(['metrics', 'objectives'].map((resource) => dependencies.isDated(resource))).toEqual([false, true]);
  });
});
