import { Controller, Get, Header, Res, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { PrometheusController } from '@willsoto/nestjs-prometheus';
import type { FastifyReply } from 'fastify';
import { Registry } from 'prom-client';
import { Requires } from '../auth/roles/requires.decorator';
import { ApiProblems } from '../problems/problem-documentation';
import { SetRouteOptions } from '../routing/route-options';

/**
 * Serves the metrics of this instance to Prometheus on the main port. It requires the role viewer, because routes and
 * load are not public. With METRICS_PORT, `ScrapeServer` serves them instead, without credentials.
 */
@ApiTags('operations')
@Controller({ path: 'metrics', version: VERSION_NEUTRAL })
export class ScrapeController extends PrometheusController {
  constructor(private readonly registry: Registry) {
    super();
  }

  /** Replaces the package's handler, which serves the global registry of the process. */
  @Get()
  @Requires('viewer')
  @SetRouteOptions({ produces: ['text/plain'] })
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'scrapeMetrics',
    summary: 'Get the metrics of this instance for Prometheus',
    description: 'Not available if `METRICS_PORT` moves the metrics to a port of their own.',
  })
  @ApiResponse({
    status: 200,
    description: 'Prometheus text format, version 0.0.4.',
    content: { 'text/plain': { schema: { type: 'string' } } },
  })
  @ApiProblems('invalid_parameter')
  override index(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', this.registry.contentType);
    return this.registry.metrics();
  }
}
