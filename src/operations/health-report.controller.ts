import { Controller, Get, Header, Req, ServiceUnavailableException, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import type { FastifyRequest } from 'fastify';
import { Public } from '../auth/roles/requires.decorator';
import { covers } from '../identity/role';
import { VERSION } from '../config/version';
import { ApiProblems } from '../problems/problem-documentation';
import { tenths } from '../instrumentation/request-timing';
import { Problem } from '../problems/problem';
import { HealthIndicators } from '../health/health-indicators';
import { type HealthReadingDto, HealthReportDto } from './health-report.dto';

/**
 * How everything is that the service needs or uses. The states are for everybody, since who asks them most urgently
 * cannot be known while the database is away; numbers are for viewers.
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
    summary: 'How is the instance, part by part?',
    description: 'Everybody sees the states, viewers also latencies and numbers.',
  })
  @ApiResponse({ status: 200, description: 'It works, with or without what it can do without.', type: HealthReportDto })
  @ApiProblems('invalid_parameter', 'not_ready')
  async report(@Req() { principal }: FastifyRequest): Promise<HealthReportDto> {
    const { isDown, readings } = await this.read();
    const isViewer = principal !== null && covers(principal.role, 'viewer');
    const report = {
      status: isDown ? 'down' : readings.some(({ state }) => state === 'degraded') ? 'degraded' : 'up',
      ...(isViewer && { version: VERSION, uptime_seconds: Math.round(process.uptime()) }),
      indicators: isViewer
        ? readings
        : readings.map(({ name, state, message }) => ({ name, state, ...(message !== undefined && { message }) })),
    };
    if (!isDown) return report;
    throw new Problem('not_ready', { detail: 'Something the service needs is down.', members: { details: report } });
  }

  private async read(): Promise<{ isDown: boolean; readings: HealthReadingDto[] }> {
    const checks = this.indicators.all.map((indicator) => async () => {
      const { state, latencyMs, message, details } = await this.indicators.read(indicator);
      const shown = { latency_ms: tenths(latencyMs), ...(message && { message }), ...(details && { details }) };
      return { [indicator.name]: { status: state, ...shown } };
    });
    const result = await this.health.check(checks).catch((error: unknown) => {
      if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
      throw error;
    });
    const readings = Object.entries(result.details).map(([name, { status, ...more }]) => ({
      name,
      state: status,
      ...more,
    }));
    // Terminus calls its own shutdown a state too; the drain is the service's.
    return { isDown: readings.some(({ state }) => state === 'down'), readings };
  }
}
