import { type CallHandler, Controller, type ExecutionContext, Get, Logger, type NestInterceptor } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { readConfig } from '../config/config';
import { CacheSettings } from '../generations/cache-settings';
import { Generation } from '../generations/generation-reader';
import { Generations } from '../generations/generations';
import { ResourceDependencies } from '../generations/resource-dependencies';
import { Problem } from '../problems/problem';
import { ProblemsModule } from '../problems/problems.module';
import { Representation, RepresentationInterceptor } from '../responses/representation';
import { CacheCounts } from './cache-counts';
import { CacheKeys } from './cache-keys';
import { CacheInterceptor } from './cache.interceptor';
import { Cached } from './cached.decorator';
import { MemoryCache } from './memory-cache';
import { RedisCache } from './redis-cache';
import { CacheNamespace, ResponseCache } from './response-cache';

/** What ran for a request, in order. */
const ran: string[] = [];

class LaterInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler) {
    ran.push('later interceptor');
    return next.handle();
  }
}

@Controller()
class MetricsController {
  @Get('metrics')
  @Cached({ resource: 'metrics' }, 'list')
  list(): Representation {
    ran.push('handler');
    return new Representation('[1]');
  }

  @Get('uncached')
  uncached(): Representation {
    ran.push('handler');
    return new Representation('[2]');
  }
}

/** A database whose generation the test advances. */
class FakeGenerations {
  number = 1;
  failure: Error | undefined;

  current(): Promise<Generation> {
    ran.push('generation');
    if (this.failure) return Promise.reject(this.failure);
    return Promise.resolve(new Generation('e', ['metrics'], [String(this.number)], performance.now()));
  }
}

describe('CacheInterceptor', () => {
  let app: NestFastifyApplication;
  let generations: FakeGenerations;
  /** Set by authentication in the service. */
  let known: { generation?: Generation; generationError?: Error };

  const start = async (settings: Record<string, string> = {}) => {
    const dependencies = new ResourceDependencies();
    dependencies.register('metrics', [], false);
    const config = readConfig({ DATABASE_URL: 'postgresql://none', ...settings });
    const noRedis = { isConfigured: false, get: () => Promise.resolve(undefined), set: () => Promise.resolve() };
    const testing = await Test.createTestingModule({
      imports: [ProblemsModule],
      controllers: [MetricsController],
      providers: [
        ...[CacheCounts, CacheKeys, MemoryCache, ResponseCache],
        { provide: CacheSettings, useValue: config },
        { provide: CacheNamespace, useValue: new CacheNamespace('code') },
        { provide: Generations, useValue: generations },
        { provide: RedisCache, useValue: noRedis },
        { provide: ResourceDependencies, useValue: dependencies },
        { provide: APP_INTERCEPTOR, useClass: CacheInterceptor },
        { provide: APP_INTERCEPTOR, useClass: LaterInterceptor },
        { provide: APP_INTERCEPTOR, useClass: RepresentationInterceptor },
      ],
    }).compile();
    app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
    app
      .getHttpAdapter()
      .getInstance()
      .addHook('onRequest', (request, _, next) => {
        Object.assign(request, known);
        next();
      });
    await app.init();
  };
  /** Status, cache state and body of a response, and what ran for it. */
  const get = async (headers: Record<string, string> = {}, url = '/metrics') => {
    ran.length = 0;
    const { statusCode, headers: sent, body } = await app.inject({ url, headers });
    return { result: [statusCode, sent['x-cache'], body], ran: [...ran], headers: sent };
  };

  beforeEach(async () => {
    Logger.overrideLogger(false);
    generations = new FakeGenerations();
    known = {};
    await start();
  });
  afterEach(() => app.close());

  it('runs interceptors and handler for a miss, and nothing but the generation query for a hit', async () => {
    expect(await get()).toMatchObject({
      result: [200, 'MISS', '[1]'],
      ran: ['generation', 'later interceptor', 'handler'],
    });
    expect(await get()).toMatchObject({ result: [200, 'HIT', '[1]'], ran: ['generation'] });
    generations.number++;
    expect((await get()).result).toEqual([200, 'MISS', '[1]']);
  });

  it('responds 304 to the current ETag, without an entry too', async () => {
    const { etag = '' } = (await get()).headers;
    const condition = { 'if-none-match': String(etag) };
    expect(await get(condition)).toMatchObject({ result: [304, 'HIT', ''], ran: ['generation'] });
    app.get(MemoryCache).clear();
    expect(await get(condition)).toMatchObject({ result: [304, 'HIT', ''], ran: ['generation'] });
    generations.number++;
    expect((await get(condition)).result).toEqual([200, 'MISS', '[1]']);
  });

  it('needs an entry for If-None-Match: *', async () => {
    expect(await get({ 'if-none-match': '*' })).toMatchObject({ result: [304, 'MISS', ''] });
    expect((await get({ 'if-none-match': '*' })).result).toEqual([304, 'HIT', '']);
  });

  it('uses the generation that authentication has read', async () => {
    known = { generation: new Generation('e', ['metrics'], ['1'], performance.now()) };
    expect((await get()).ran).toEqual(['later interceptor', 'handler']);
    expect(await get()).toMatchObject({ result: [200, 'HIT', '[1]'], ran: [] });
  });

  it('serves a stale entry while the database is unavailable', async () => {
    await get();
    generations.failure = new Problem('database_unavailable');
    const { result, headers } = await get();
    expect([...result, headers.age]).toEqual([200, 'STALE', '[1]', '1']);
  });

  it('runs the handler where there is no stale entry', async () => {
    generations.failure = new Problem('database_unavailable');
    expect(await get()).toMatchObject({ result: [200, 'BYPASS', '[1]'] });
  });

  it('refuses where authentication could not be validated and there is no stale entry', async () => {
    known = { generationError: new Problem('database_unavailable') };
    expect(await get()).toMatchObject({ result: [503, 'BYPASS', expect.any(String)], ran: [] });
    known = {};
    await get();
    known = { generationError: new Problem('database_unavailable') };
    expect((await get()).result).toEqual([200, 'STALE', '[1]']);
  });

  it('does not serve stale entries after other errors', async () => {
    await get();
    generations.failure = new Error('defect');
    expect((await get()).result).toEqual([200, 'BYPASS', '[1]']);
  });

  it('does not cache routes without @Cached', async () => {
    expect(await get({}, '/uncached')).toMatchObject({ ran: ['later interceptor', 'handler'] });
  });

  it('does nothing where ENABLE_CACHE is false', async () => {
    await app.close();
    await start({ ENABLE_CACHE: 'false' });
    for (let time = 0; time < 2; time++) expect((await get()).ran).toEqual(['later interceptor', 'handler']);
  });

  it('counts states by kind of response', async () => {
    await get();
    await get();
    expect(app.get(CacheCounts).total()).toMatchObject({ hits: 1, misses: 1, hit_rate: 0.5 });
  });
});
