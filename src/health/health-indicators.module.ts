import { Module } from '@nestjs/common';
import { HealthIndicators } from './health-indicators';

/** Where modules register their indicators. */
@Module({ providers: [HealthIndicators], exports: [HealthIndicators] })
export class HealthIndicatorsModule {}
