import type { DocumentDefinition } from '../documents/definition/document-definition';
import { MetricDto } from './dto/metric.dto';
import { Metric, type MetricDocument } from './metric.entity';
import { metricExamples } from './metric.examples';
import { metricFields } from './metric.fields';
import { metricRules } from './metric.rules';

/** The declaration of metrics for the document store. */
export const metricDefinition: DocumentDefinition<MetricDocument> = {
  resource: 'metrics',
  singular: 'metric',
  keyMember: 'metric_id',
  exampleKey: 'monthly-recurring-revenue',
  examples: metricExamples,
  entity: Metric,
  fields: metricFields,
  schema: MetricDto,
  initialStatus: 'draft',
  references: [
    { to: 'domains', member: 'business_domain', column: 'domain_id', countedAs: 'metric_count' },
    { to: 'metrics', member: 'depends_on', acyclic: true },
    { to: 'metrics', member: 'related' },
    { to: 'metrics', member: 'replaced_by' },
  ],
  formats: ['dbt', 'ossie'],
  breaking: ['formula', 'unit', 'direction', 'grain', 'kind', 'depends_on'],
  rules: metricRules,
};
