import { ServiceUnavailableException } from '@nestjs/common';
import type { HealthCheckResult, HealthCheckService, HealthIndicatorFunction } from '@nestjs/terminus';
import { Problem } from '../problems/problem';

/** The problem of an instance that cannot serve requests. */
export const notReady = (detail: string, details: object) => new Problem('not_ready', { detail, members: { details } });

/** Runs the checks with Terminus, which throws if one is down, and returns the result in either case. */
export async function runChecks(
  health: HealthCheckService,
  checks: HealthIndicatorFunction[],
): Promise<HealthCheckResult> {
  try {
    return await health.check(checks);
  } catch (error) {
    if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
    throw error;
  }
}
