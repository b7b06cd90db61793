import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Throttle } from '@nestjs/throttler';
import { readConfig } from '../config/config';
import { ConfigModule } from '../config/config.module';
import { ProblemFilter } from '../problems/problem.filter';
import { countRequests } from './count-requests';
import { RequestThrottle } from './request-throttle';
import { ThrottlingModule } from './throttling.module';

@Controller()
class DoorController {
  @Post('knock')
  @HttpCode(200)
  @Throttle({ knocks: { limit: 3, ttl: 900_000 } })
  knock(): string {
    return 'knocked';
  }

  @Get('look')
  look(): string {
    return 'seen';
  }
}

async function startDoor(settings: Record<string, string> = {}): Promise<NestFastifyApplication> {
  const config = readConfig({ DATABASE_URL: 'postgresql://none', THROTTLE_ANONYMOUS: '10', ...settings });
  const testing = await Test.createTestingModule({
    imports: [ConfigModule.of(config), ThrottlingModule],
    controllers: [DoorController],
  }).compile();
  const app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
  app.useGlobalFilters(new ProblemFilter());
  const fastify = app.getHttpAdapter().getInstance();
  fastify.decorateRequest('principal', null);
  countRequests(fastify, app.get(RequestThrottle));
  await app.init();
  return app;
}

describe('a route with a limit of its own', () => {
  it('counts against it beside the limits of every request, and other routes do not', async () => {
    const app = await startDoor();
    const first = await app.inject({ method: 'POST', url: '/knock' });
    expect(first.headers).toMatchObject({
      ratelimit: '"anonymous";r=9;t=60, "writes";r=119;t=60, "knocks";r=2;t=900',
      'ratelimit-policy': '"anonymous";q=10;w=60, "writes";q=120;w=60, "knocks";q=3;w=900',
      'x-ratelimit-limit': '3',
      'x-ratelimit-remaining': '2',
    });
    const statuses = [];
    for (let index = 0; index < 4; index++)
      statuses.push((await app.inject({ method: 'POST', url: '/knock' })).statusCode);
    expect(statuses).toEqual([200, 200, 429, 429]);

    const refused = await app.inject({ method: 'POST', url: '/knock' });
    expect(refused.json()).toMatchObject({ code: 'rate_limited' });
    expect(refused.body).toMatch(/“knocks” of 3/);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(800);
    const other = await app.inject({ url: '/look' });
    expect([other.statusCode, other.headers.ratelimit]).toEqual([
      200,
      expect.stringMatching(/^"anonymous";r=3;t=\d\d$/),
    ]);
    await app.close();
  });

  it('has none where limits are switched off', async () => {
    const app = await startDoor({ THROTTLE_ENABLED: 'false' });
    for (let index = 0; index < 5; index++) {
      const { statusCode, headers } = await app.inject({ method: 'POST', url: '/knock' });
      expect([statusCode, headers.ratelimit]).toEqual([200, undefined]);
    }
    await app.close();
  });
});
