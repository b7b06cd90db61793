import { Module } from '@nestjs/common';
import { HealthIndicators } from './health-indicators';

/** The registry of health indicators. */
@Module({ providers: [HealthIndicators], exports: [HealthIndicators] })
export class HealthIndicatorsModule {}
