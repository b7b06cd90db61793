import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DomainsModule } from '../domains/domains.module';
import { MetricsModule } from '../metrics/metrics.module';
import { DomainObjectivesController } from './domain-objectives.controller';
import { Objective } from './objective.entity';
import { ObjectivesController } from './objectives.controller';
import { ObjectivesService } from './objectives.service';

@Module({
  imports: [TypeOrmModule.forFeature([Objective]), DomainsModule, MetricsModule],
  controllers: [ObjectivesController, DomainObjectivesController],
  providers: [ObjectivesService],
  exports: [ObjectivesService],
})
export class ObjectivesModule {}
