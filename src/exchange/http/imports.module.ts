import { Module } from '@nestjs/common';
import { MetricsModule } from '../../metrics/metrics.module';
import { ProblemsModule } from '../../problems/problems.module';
import { ImportEngine } from '../import/import-engine';
import { ImportRecords } from '../import/import-records';
import { Imports } from '../import/imports';
import { MetricLifecycle } from '../import/metric-lifecycle';
import { SourceDocuments } from '../sources/source-documents';
import { Sources } from '../sources/sources';
import { ImportsController } from './imports.controller';
import { SourcesController } from './sources.controller';

/** Imports and their sources. */
@Module({
  imports: [MetricsModule, ProblemsModule],
  controllers: [ImportsController, SourcesController],
  providers: [ImportEngine, ImportRecords, Imports, MetricLifecycle, SourceDocuments, Sources],
})
export class ImportsModule {}
