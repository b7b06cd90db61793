import { type ArgumentsHost, Catch, Controller, type ExceptionFilter, Get, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { Throttle, ThrottlerModule } from '@nestjs/throttler';
import type { FastifyReply } from 'fastify';
import { Problem } from '../../src/problems/problem';
import { rateLimitHeaders } from '../../src/throttling/rate-limit-headers.plugin';
import { RateLimitGuard } from '../../src/throttling/rate-limit.guard';
import { ThrottlingStats } from '../../src/throttling/throttling-stats';
import { WindowStorage } from '../../src/throttling/window-storage';
import { start } from './start';

@Controller()
class DoorController {
  @Get('door')
  @Throttle({ minute: { limit: 2, ttl: 60_000 } })
  knock(): string {
    return 'knocked';
  }
}

@Catch(Problem)
class ProblemFilter implements ExceptionFilter {
  catch({ status, headers, message }: Problem, host: ArgumentsHost): void {
    void host.switchToHttp().getResponse<FastifyReply>().status(status).headers(headers).send(message);
  }
}

const storage = new WindowStorage({ isConfigured: false, attempt: () => Promise.resolve(undefined) });

@Module({
  imports: [ThrottlerModule.forRoot({ throttlers: [{ name: 'minute', limit: 100, ttl: 60_000 }], storage })],
  controllers: [DoorController],
  providers: [
    ThrottlingStats,
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_GUARD, useClass: RateLimitGuard },
  ],
})
class HostModule {}

void start(HostModule, async (app) => {
  const fastify = app.getHttpAdapter().getInstance();
  await fastify.register(rateLimitHeaders, { app });
});
