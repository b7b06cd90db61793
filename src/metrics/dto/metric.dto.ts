import { DocumentDto } from '../../documents/definition/document.dto';
import {
  AnyObject,
  Choice,
  Choices,
  Key,
  Keys,
  OwnKey,
  Section,
  Sections,
  Slug,
  Slugs,
  Text,
  Texts,
} from '../../validation/properties';
import { DIRECTIONS, GRAINS, KINDS, METRIC_STATUSES, METRIC_TYPES, TIERS } from '../metric.values';
import {
  MetricAlignment,
  MetricContacts,
  MetricData,
  MetricDimension,
  MetricFormula,
  MetricGovernance,
  MetricLink,
  MetricTargets,
} from './metric-sections';

/** A metric. */
export class MetricDto extends DocumentDto {
  @OwnKey({
    description: 'Chosen by the client or generated; never changes.',
    example: 'monthly-recurring-revenue',
  })
  metric_id?: string;

  @Text({ max: 500, required: true, example: 'Monthly recurring revenue' })
  name!: string;

  @Text({ max: 100, example: 'MRR' })
  short_name?: string;

  @Text({
    max: 10_000,
    description: 'Required unless the status is draft.',
    example: 'Normalised monthly value of all active subscriptions.',
  })
  description?: string;

  @Texts({ max: 50, length: 1000, example: ['monthly run rate'] })
  synonyms?: string[];

  @Choice(METRIC_STATUSES, {
    description: 'draft by default. Later changes need a transition. Other statuses require more members.',
    example: 'active',
  })
  status?: string;

  @Slug({ description: 'Free value, for example operational, strategic or tactical.', example: 'strategic' })
  category?: string;

  @Choice(TIERS, { description: 'The importance; tier-1 is the highest.', example: 'tier-1' })
  tier?: string;

  @Choice(METRIC_TYPES, { example: 'lagging' })
  metric_type?: string;

  @Choice(KINDS, { description: 'How the value is computed.', example: 'simple' })
  kind?: string;

  @Key({ description: 'The domain of the metric. Required unless the status is draft.', example: 'revenue' })
  business_domain?: string;

  @Text({
    max: 500,
    description: 'The accountable team. Required unless the status is draft.',
    example: 'Finance Analytics',
  })
  owner?: string;

  @Section(() => MetricContacts)
  contacts?: MetricContacts;

  @Slugs({ max: 50, example: ['saas', 'revenue'] })
  tags?: string[];

  @Text({ max: 120, description: 'Free text. Required unless the status is draft.', example: 'USD' })
  unit?: string;

  @Choice(DIRECTIONS, { description: 'The direction of improvement.', example: 'increase' })
  direction?: string;

  @Section(() => MetricFormula)
  formula?: MetricFormula;

  @Choices(GRAINS, { description: 'The periods for which it is computed.', example: ['month', 'quarter'] })
  grain?: string[];

  @Sections(() => MetricDimension, { max: 100 })
  dimensions?: MetricDimension[];

  @Section(() => MetricData)
  data?: MetricData;

  @Section(() => MetricTargets, {
    description: 'increase: critical ≤ warning ≤ target; decrease: the reverse.',
  })
  targets?: MetricTargets;

  @Keys({
    max: 100,
    description: 'Metrics that this one is computed from. Cycles are not allowed.',
    example: ['new-mrr'],
  })
  depends_on?: string[];

  @Keys({ max: 100, example: ['annual-recurring-revenue'] })
  related?: string[];

  @Key({ description: 'The successor of a deprecated metric.' })
  replaced_by?: string;

  @Section(() => MetricGovernance)
  governance?: MetricGovernance;

  @Section(() => MetricAlignment)
  alignment?: MetricAlignment;

  @Sections(() => MetricLink, { max: 50 })
  links?: MetricLink[];

  @AnyObject({
    maxBytes: 32_768,
    description: 'Members that the importer does not recognise; at most 32 KiB.',
  })
  extra?: Record<string, unknown>;
}
