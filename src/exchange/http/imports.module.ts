import { Module } from '@nestjs/common';
import { MetricsModule } from '../../metrics/metrics.module';
import { ImportEngine } from '../import/import-engine';
import { MetricLifecycle } from '../import/metric-lifecycle';
import { SourceDocuments } from '../sources/source-documents';
import { Sources } from '../sources/sources';

/** Imports and their sources. */
@Module({
  imports: [MetricsModule],
  providers: [ImportEngine, MetricLifecycle, SourceDocuments, Sources],
})
export class ImportsModule {}
