import { Controller, Get, Module } from '@nestjs/common';
import { RequestCompletion } from '../../src/instrumentation/request-completion';
import { requestCompletion } from '../../src/instrumentation/request-completion';
import { Log } from '../../src/logging/log';
import { requestLog } from '../../src/logging/request-log.plugin';
import { SlowRequestCounts } from '../../src/logging/slow-request';
import { start } from './start';

@Controller()
class HelloController {
  @Get('hello/:name')
  greet(): string {
    return 'hello';
  }
}

const settings = { LOG_LEVEL: 'info', LOG_PRETTY: false, SLOW_REQUEST_MS: 1000 } as const;

@Module({
  controllers: [HelloController],
  providers: [RequestCompletion, SlowRequestCounts, { provide: Log, useFactory: () => Log.of(settings) }],
})
class HostModule {}

void start(HostModule, async (app) => {
  const fastify = app.getHttpAdapter().getInstance();
  await fastify.register(requestCompletion, { app });
  await fastify.register(requestLog, { app });
});
