import { Global, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller';
import { HealthIndicators } from './health-indicators';
import { HealthReportController } from './health-report.controller';

/** Probes for orchestrators, and a report for people; every module adds its own indicators. */
@Global()
@Module({
  imports: [TerminusModule.forRoot({ logger: false, errorLogStyle: 'json' })],
  controllers: [HealthController, HealthReportController],
  providers: [HealthIndicators],
  exports: [HealthIndicators],
})
export class HealthModule {}
