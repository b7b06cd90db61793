import { applyDecorators, Controller, Get, Header, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheckService, type HealthCheckResult, type HealthIndicatorResult } from '@nestjs/terminus';
import { SkipThrottle } from '@nestjs/throttler';
import { GENERAL_LIMITS } from '../throttling/limits';
import { Public } from '../auth/roles/requires.decorator';
import { type HealthIndicator, HealthIndicators } from '../health/health-indicators';
import { ApiProblems } from '../problems/problem-documentation';
import { Drain } from '../shutdown/drain';
import { notReady, runChecks } from './health-checks';
import { LivenessDto, ReadinessDto } from './health-report.dto';

/** Documents a readiness probe at this path. */
const ReadinessRoute = (path: string, operationId: string): MethodDecorator =>
  applyDecorators(
    Get(path),
    Public(),
    Header('cache-control', 'no-store'),
    ApiOperation({
      operationId,
      summary: `Check readiness${path === '' ? ', at the short address' : ''}`,
      description: 'The required dependencies are up, and the instance is not stopping.',
    }),
    ApiResponse({
      status: 200,
      description: 'The instance accepts requests.',
      type: ReadinessDto,
    }),
    ApiProblems('invalid_parameter', 'not_ready'),
  );

/** Liveness and readiness probes. */
@ApiTags('operations')
@SkipThrottle(GENERAL_LIMITS)
@Controller({ path: 'health', version: VERSION_NEUTRAL })
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicators,
    private readonly drain: Drain,
  ) {}

  /** Checks no dependency: a restart would not repair one. */
  @Get('live')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'checkLiveness',
    summary: 'Check liveness',
    description: 'The process responds. Checks no dependency.',
  })
  @ApiResponse({
    status: 200,
    description: 'The process is running.',
    type: LivenessDto,
  })
  @ApiProblems('invalid_parameter')
  live(): { status: string } {
    return { status: 'ok' };
  }

  /** The address that people try first. */
  @ReadinessRoute('', 'checkHealth')
  check(): Promise<HealthCheckResult> {
    return this.ready();
  }

  @ReadinessRoute('ready', 'checkReadiness')
  async ready(): Promise<HealthCheckResult> {
    if (this.drain.isStopping) throw notReady('The service is shutting down.', { drain: { status: 'down' } });
    const probed = this.indicators.all.filter(({ isProbed }) => isProbed);
    const result = await runChecks(
      this.health,
      probed.map((indicator) => () => this.probe(indicator)),
    );
    if (result.status !== 'error') return result;
    throw notReady('A required dependency is down.', result.details);
  }

  /** A degraded dependency counts as up: taking the instance out of service would not help, since all share it. */
  private async probe(indicator: HealthIndicator): Promise<HealthIndicatorResult> {
    const { state, message } = await this.indicators.read(indicator);
    const reason = { ...(state === 'degraded' && { degraded: true }), ...(message !== undefined && { message }) };
    return { [indicator.name]: { status: state === 'down' ? 'down' : 'up', ...reason } };
  }
}
