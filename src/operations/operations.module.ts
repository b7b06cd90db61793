import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller';
import { HealthIndicatorsModule } from '../health/health-indicators.module';
import { HealthReportController } from './health-report.controller';

/** Probes for orchestrators, and a report for people; every module adds its own indicators. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false, errorLogStyle: 'json' }), HealthIndicatorsModule],
  controllers: [HealthController, HealthReportController],
})
export class HealthModule {}
