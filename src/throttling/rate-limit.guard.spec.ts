import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { SkipThrottle, Throttle } from '@nestjs/throttler';
import { readConfig } from '../config/config';
import { ConfigModule } from '../config/config.module';
import { ProblemsModule } from '../problems/problems.module';
import { GENERAL_LIMITS } from './limits';
import { rateLimitHeaders } from './rate-limit-headers.plugin';
import { RateLimitGuard } from './rate-limit.guard';
import { ThrottlingStats } from './throttling-stats';
import { ThrottlingModule } from './throttling.module';

@Controller()
class DoorController {
  @Post('knock')
  @HttpCode(200)
  @Throttle({ 'sign-in': {} })
  knock(): string {
    return 'knocked';
  }

  @Post('ring')
  @HttpCode(200)
  @Throttle({ bulk: { limit: 1, ttl: 5000 } })
  ring(): string {
    return 'rung';
  }

  @Get('look')
  look(): string {
    return 'seen';
  }

  @Get('health')
  @SkipThrottle(GENERAL_LIMITS)
  health(): string {
    return 'well';
  }
}

describe('RateLimitGuard', () => {
  let app: NestFastifyApplication;
  const get = (url: string, headers = {}) => app.inject({ url, headers });
  const post = (url: string, headers = {}) => app.inject({ method: 'POST', url, headers });

  beforeEach(async () => {
    const config = readConfig({
      DATABASE_URL: 'postgresql://none',
      THROTTLE_ANONYMOUS: '10',
      THROTTLE_AUTHENTICATED: '20',
      THROTTLE_WRITES: '6',
      THROTTLE_SIGN_IN: '3',
    });
    const testing = await Test.createTestingModule({
      imports: [ConfigModule.of(config), ProblemsModule, ThrottlingModule],
      controllers: [DoorController],
    }).compile();
    app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
    app.useGlobalGuards(app.get(RateLimitGuard));
    const fastify = app.getHttpAdapter().getInstance();
    fastify.decorateRequest('principal', null);
    fastify.addHook('onRequest', (request, _, next) => {
      const { user } = request.headers;
      if (typeof user === 'string') request.principal = { id: `user:${user}`, role: 'viewer' };
      next();
    });
    await fastify.register(rateLimitHeaders, { app });
    await app.init();
  });
  afterEach(() => app.close());

  it('refuses a client that goes on far beyond its limit later and later, and no other', async () => {
    await Promise.all(Array.from({ length: 210 }, () => get('/look')));
    const start = performance.now();
    expect((await get('/look')).statusCode).toBe(429);
    // The 201st refusal, of which ten are not delayed.
    expect(performance.now() - start).toBeGreaterThan(185);
    expect((await get('/look', { user: 'ada' })).statusCode).toBe(200);
  });

  it('counts a request against every limit that applies and shows them all', async () => {
    const { statusCode, headers } = await post('/knock');
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      ratelimit: '"anonymous";r=9;t=60, "writes";r=5;t=60, "sign-in";r=2;t=900',
      'ratelimit-policy': '"anonymous";q=10;w=60, "writes";q=6;w=60, "sign-in";q=3;w=900',
      'x-ratelimit-limit': '3',
      'x-ratelimit-remaining': '2',
      'x-ratelimit-reset': '900',
    });
    expect((await get('/look')).headers.ratelimit).toMatch(/^"anonymous";r=8;t=\d\d$/);
  });

  it('refuses with 429, Retry-After, and the limit that is used up', async () => {
    const statuses = [];
    for (let index = 0; index < 4; index++) statuses.push((await post('/knock')).statusCode);
    expect(statuses).toEqual([200, 200, 200, 429]);
    const refused = await post('/knock');
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(refused.json()).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(refused.body).toMatch(/“sign-in” of 3/);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(800);
    expect(refused.headers.ratelimit).toMatch(/"sign-in";r=0;/);
  });

  it('counts a refused request against no limit', async () => {
    for (let index = 0; index < 9; index++) await post('/knock');
    // Three were allowed; the six refused ones were given back to "anonymous" and "writes".
    expect((await get('/look')).headers.ratelimit).toMatch(/^"anonymous";r=6;/);
    expect((await post('/ring')).headers.ratelimit).toMatch(/"writes";r=2;/);
  });

  it('takes quota and window from the decorator of the route', async () => {
    const { headers } = await post('/ring');
    expect(headers['ratelimit-policy']).toBe('"anonymous";q=10;w=60, "writes";q=6;w=60, "bulk";q=1;w=5');
    expect((await post('/ring')).statusCode).toBe(429);
  });

  it('counts principals by themselves, against the limit of authenticated requests', async () => {
    for (let index = 0; index < 3; index++) await post('/knock', { user: 'ada' });
    expect((await post('/knock', { user: 'ada' })).statusCode).toBe(429);
    const { statusCode, headers } = await post('/knock', { user: 'bob' });
    expect([statusCode, headers.ratelimit]).toEqual([
      200,
      '"authenticated";r=19;t=60, "writes";r=5;t=60, "sign-in";r=2;t=900',
    ]);
  });

  it('skips routes with @SkipThrottle', async () => {
    for (let index = 0; index < 20; index++) {
      const { statusCode, headers } = await get('/health');
      expect([statusCode, headers.ratelimit]).toEqual([200, undefined]);
    }
  });

  it('counts decisions for statistics', async () => {
    for (let index = 0; index < 12; index++) await get('/look');
    const stats = app.get(ThrottlingStats);
    expect([stats.allowed, stats.refused]).toEqual([10, { anonymous: 2 }]);
  });
});
