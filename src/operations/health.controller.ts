import { Controller, Get, Header, ServiceUnavailableException, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheckService, type HealthCheckResult, type HealthIndicatorResult } from '@nestjs/terminus';
import { SkipThrottle } from '@nestjs/throttler';
import { GENERAL_LIMITS } from '../throttling/limits';
import { Public } from '../auth/roles/requires.decorator';
import { Drain } from '../shutdown/drain';
import { ApiProblems } from '../problems/problem-documentation';
import { Problem } from '../problems/problem';
import { type HealthIndicator, HealthIndicators } from '../health/health-indicators';

/** Whether the process lives, and whether it should get requests. */
@ApiTags('operations')
@SkipThrottle(GENERAL_LIMITS)
@Controller({ path: 'health', version: VERSION_NEUTRAL })
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicators,
    private readonly drain: Drain,
  ) {}

  /** Touches nothing: a restart heals no dependency. */
  @Get('live')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Is the process alive?' })
  @ApiResponse({
    status: 200,
    description: 'It is.',
    schema: { type: 'object', properties: { status: { type: 'string', enum: ['ok'] } } },
  })
  @ApiProblems('invalid_parameter')
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('ready')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Should the process get requests?' })
  @ApiResponse({
    status: 200,
    description: 'It should.',
    schema: { type: 'object', properties: { status: { type: 'string' }, details: { type: 'object' } } },
  })
  @ApiProblems('invalid_parameter', 'not_ready')
  async ready(): Promise<HealthCheckResult> {
    if (this.drain.isStopping)
      throw new Problem('not_ready', {
        detail: 'The service is stopping.',
        members: { details: { drain: { status: 'down' } } },
      });
    const probed = this.indicators.all.filter(({ isProbed }) => isProbed);
    try {
      return await this.health.check(probed.map((indicator) => () => this.probe(indicator)));
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      const { details } = error.getResponse() as HealthCheckResult;
      throw new Problem('not_ready', { detail: 'Something the service needs is down.', members: { details } });
    }
  }

  /** What is degraded is no reason to take an instance out of service: another one would have no more. */
  private async probe(indicator: HealthIndicator): Promise<HealthIndicatorResult> {
    const { state, message } = await this.indicators.read(indicator);
    const why = message === undefined ? {} : { message };
    if (state === 'down') return { [indicator.name]: { status: 'down', ...why } };
    return { [indicator.name]: { status: 'up', ...(state === 'degraded' && { degraded: true }), ...why } };
  }
}
