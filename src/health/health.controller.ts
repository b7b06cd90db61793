import { Controller, Get, Header, ServiceUnavailableException, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  HealthCheckService,
  type HealthCheckResult,
  HealthIndicatorService,
  type HealthIndicatorResult,
  TypeOrmHealthIndicator,
} from '@nestjs/terminus';
import { Public } from '../auth/requires.decorator';
import { Drain } from '../http/drain';
import { ApiProblems } from '../http/problem-documentation';
import { Problem } from '../problems/problem';
import { GuardedRedis } from '../redis/guarded-redis';

/** Longest wait for the database before the instance counts as not ready. */
const PING_DEADLINE_MS = 1000;

/** Whether the process lives, and whether it should get requests. */
@ApiTags('operations')
@Controller({ path: 'health', version: VERSION_NEUTRAL })
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: TypeOrmHealthIndicator,
    private readonly indicators: HealthIndicatorService,
    private readonly redis: GuardedRedis,
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
    try {
      return await this.health.check([
        () => this.database.pingCheck('database', { timeout: PING_DEADLINE_MS }),
        ...(this.redis.isConfigured ? [() => this.pingRedis()] : []),
      ]);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      const { details } = error.getResponse() as HealthCheckResult;
      throw new Problem('not_ready', { detail: 'Something the service needs is down.', members: { details } });
    }
  }

  /** Up in any case: without Redis the service is slower, and another instance would have none either. */
  private async pingRedis(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('redis');
    if ((await this.redis.attempt((client) => client.ping())) !== undefined) return indicator.up();
    return indicator.up({ degraded: true, message: 'Redis does not answer; the service goes on without it.' });
  }
}
