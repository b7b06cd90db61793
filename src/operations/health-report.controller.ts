import { Controller, Get, Header, Req, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheckService } from '@nestjs/terminus';
import type { FastifyRequest } from 'fastify';
import { Public } from '../auth/roles/requires.decorator';
import { VERSION } from '../config/version';
import { HealthIndicators } from '../health/health-indicators';
import { covers } from '../identity/principal';
import { tenths } from '../instrumentation/request-timing';
import { ApiProblems } from '../problems/problem-documentation';
import { notReady, runChecks } from './health-checks';
import { type HealthReadingDto, HealthReportDto } from './health-report.dto';

/**
 * Reports the state of each component. The states are public, because credentials cannot be verified while the database
 * is unavailable; latencies and details require the role viewer.
 */
@ApiTags('operations')
@Controller({ path: 'api/health', version: VERSION_NEUTRAL })
export class HealthReportController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicators,
  ) {}

  @Get()
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'readHealth',
    summary: 'Get the state of each component of this instance',
    description: 'The states are public. Latencies and details require the role viewer.',
  })
  @ApiResponse({ status: 200, description: 'The instance works, possibly degraded.', type: HealthReportDto })
  @ApiProblems('invalid_parameter', 'not_ready')
  async report(@Req() { principal }: FastifyRequest): Promise<HealthReportDto> {
    const readings = await this.read();
    // Not Terminus' own status, which also reports its shutdown; the drain is an indicator of the service.
    const isDown = readings.some(({ state }) => state === 'down');
    const isViewer = principal !== null && covers(principal.role, 'viewer');
    const report = {
      status: isDown ? 'down' : readings.some(({ state }) => state === 'degraded') ? 'degraded' : 'up',
      ...(isViewer && { version: VERSION, uptime_seconds: Math.round(process.uptime()) }),
      indicators: isViewer
        ? readings
        : readings.map(({ name, state, message }) => ({ name, state, ...(message !== undefined && { message }) })),
    };
    if (!isDown) return report;
    throw notReady('A required dependency is down.', report);
  }

  private async read(): Promise<HealthReadingDto[]> {
    const checks = this.indicators.all.map((indicator) => async () => {
      const { state: status, latencyMs, ...reading } = await this.indicators.read(indicator);
      return { [indicator.name]: { status, latency_ms: tenths(latencyMs), ...reading } };
    });
    const { details } = await runChecks(this.health, checks);
    return Object.entries(details).map(([name, { status, ...reading }]) => ({ name, state: status, ...reading }));
  }
}
