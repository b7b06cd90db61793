import { Controller, Get, Module, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '../../src/config/config';
import { Cursors } from '../../src/pagination/cursor';
import { newestFirst } from '../../src/pagination/newest-first';
import { readPaging } from '../../src/pagination/paging';
import { start } from './start';

const EVENTS = Array.from({ length: 120 }, (_, index) => ({ number: 120 - index, json: String(120 - index) }));

@Controller()
class EventsController {
  constructor(private readonly cursors: Cursors) {}

  @Get('events')
  async list(@Query() query: Record<string, string>, @Req() { url }: FastifyRequest, @Res() reply: FastifyReply) {
    const paging = readPaging({ cursor: '', ...query }, []);
    const page = await newestFirst(this.cursors, 'events', paging, url, ({ from, limit }) =>
      Promise.resolve(EVENTS.filter(({ number }) => from === null || number < Number(from)).slice(0, limit)),
    );
    return reply.headers({ ...page.headers, 'content-type': 'application/json' }).send(page.json);
  }
}

@Module({
  controllers: [EventsController],
  providers: [Cursors, { provide: Config, useValue: { CURSOR_SECRET: 'a secret of the host' } }],
})
class HostModule {}

void start(HostModule);
