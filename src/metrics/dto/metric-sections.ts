import { Choice, Email, Flag, Numeric, Sections, Text, Texts, WebAddress } from '../../validation/properties';
import { CLASSIFICATIONS, LANGUAGES, LINK_KINDS } from '../metric.values';

export class MetricContacts {
  @Text({ max: 500, example: 'Data Engineering' })
  technical?: string;

  @Text({ max: 500, example: 'Head of Finance' })
  business?: string;

  @Email({ example: 'finance-metrics@example.com' })
  email?: string;
}

export class FormulaDialect {
  @Text({ max: 64, required: true, example: 'bigquery' })
  dialect!: string;

  @Text({ max: 20_000, required: true, example: 'SUM(amount) / 12' })
  expression!: string;
}

export class MetricFormula {
  @Text({
    max: 20_000,
    description: 'Required unless the status is draft.',
    example: 'sum(subscription.monthly_amount)',
  })
  expression?: string;

  @Choice(LANGUAGES, { example: 'sql' })
  language?: string;

  @Text({ max: 10_000 })
  numerator?: string;

  @Text({ max: 10_000 })
  denominator?: string;

  @Text({ max: 10_000, example: "status = 'active'" })
  filter?: string;

  @Sections(() => FormulaDialect, { max: 20 })
  dialects?: FormulaDialect[];
}

export class MetricDimension {
  @Text({ max: 200, required: true, example: 'region' })
  name!: string;

  @Texts({ max: 1000, length: 500, example: ['emea', 'amer', 'apac'] })
  allowed_values?: string[];

  @Flag()
  required?: boolean;
}

export class DataSourceReference {
  @Text({ max: 200, example: 'warehouse' })
  system?: string;

  @Text({ max: 500, example: 'billing.subscriptions' })
  object?: string;

  @Text({ max: 200, example: 'analytics' })
  connection?: string;
}

export class MetricData {
  @Sections(() => DataSourceReference, { max: 50 })
  sources?: DataSourceReference[];

  @Text({ max: 200, example: 'daily by 06:00 UTC' })
  freshness?: string;

  @Text({ max: 200, example: '7 years' })
  retention?: string;
}

export class MetricTargets {
  @Numeric({ example: 1_000_000 })
  target?: number;

  @Numeric({ example: 900_000 })
  warning?: number;

  @Numeric({ example: 800_000 })
  critical?: number;
}

export class MetricGovernance {
  @Choice(CLASSIFICATIONS, { example: 'internal' })
  classification?: string;

  @Flag({ example: false })
  pii?: boolean;

  @Texts({ max: 50, length: 200, example: ['SOX'] })
  regulatory?: string[];
}

export class MetricAlignment {
  @Text({ max: 10_000, example: 'The number the board steers by.' })
  why_it_matters?: string;

  @Text({ max: 200, example: 'Sustainable growth' })
  strategic_pillar?: string;
}

export class MetricLink {
  @Choice(LINK_KINDS, { required: true, example: 'dashboard' })
  kind!: string;

  @Text({ max: 500 })
  title?: string;

  @WebAddress({ required: true, example: 'https://bi.example.com/mrr' })
  url!: string;
}
