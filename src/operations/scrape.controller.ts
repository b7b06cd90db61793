import { Controller, Get, Header, Res, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Requires } from '../auth/roles/requires.decorator';
import { ApiProblems } from '../problems/problem-documentation';
import { Series } from '../telemetry/series';

/**
 * The instruments for Prometheus, on the port of the service: for viewers, since routes and loads are nobody else's
 * business. With METRICS_PORT they are on a port of their own, which the network keeps.
 */
@ApiTags('operations')
@Controller({ path: 'metrics', version: VERSION_NEUTRAL })
export class ScrapeController {
  constructor(private readonly series: Series) {}

  @Get()
  @Requires('viewer')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'The instruments of this instance, for Prometheus',
    description: 'Absent where `METRICS_PORT` gives them a port of their own.',
  })
  @ApiResponse({
    status: 200,
    description: 'In the text format of Prometheus, version 0.0.4.',
    content: { 'text/plain': { schema: { type: 'string' } } },
  })
  @ApiProblems('invalid_parameter')
  scrape(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', this.series.contentType);
    return this.series.text();
  }
}
