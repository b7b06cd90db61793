import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DomainsModule } from '../domains/domains.module';
import { DomainMetricsController } from './domain-metrics.controller';
import { Metric } from './metric.entity';
import { MetricsController } from './metrics.controller';
import { MetricsService } from './metrics.service';

@Module({
  imports: [TypeOrmModule.forFeature([Metric]), DomainsModule],
  controllers: [MetricsController, DomainMetricsController],
  providers: [MetricsService],
  exports: [MetricsService],
})
export class MetricsModule {}
