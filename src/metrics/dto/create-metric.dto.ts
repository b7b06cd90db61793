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

/** A metric as a client writes it. */
export class CreateMetricDto extends DocumentDto {
  @OwnKey({
    description: 'Chosen by the client or given by the service; never changes.',
    example: 'monthly-recurring-revenue',
  })
  metric_id?: string;

  @Text({ max: 500, required: true, example: 'Monthly recurring revenue' })
  name!: string;

  @Text({ max: 100, example: 'MRR' })
  short_name?: string;

  @Text({
    max: 10_000,
    description: 'Needed to leave draft.',
    example: 'Normalised monthly value of all active subscriptions.',
  })
  description?: string;

  @Texts({ max: 50, length: 500, example: ['monthly run rate'] })
  synonyms?: string[];

  @Choice(METRIC_STATUSES, {
    description:
      'A new metric is a draft unless it names another status, which takes all that is needed to leave draft; later it changes by a transition only.',
    example: 'active',
  })
  status?: string;

  @Slug({ description: 'Open vocabulary: operational, strategic, tactical or your own.', example: 'strategic' })
  category?: string;

  @Choice(TIERS, { anyCase: true, example: 'tier-1' })
  tier?: string;

  @Choice(METRIC_TYPES, { example: 'lagging' })
  metric_type?: string;

  @Choice(KINDS, { example: 'simple' })
  kind?: string;

  @Key({ description: 'The domain it belongs to; needed to leave draft.', example: 'revenue' })
  business_domain?: string;

  @Text({ max: 200, description: 'The accountable team; needed to leave draft.', example: 'Finance Analytics' })
  owner?: string;

  @Section(() => MetricContacts)
  contacts?: MetricContacts;

  @Slugs({ max: 50, example: ['saas', 'revenue'] })
  tags?: string[];

  @Text({ max: 40, description: 'Free text; needed to leave draft.', example: 'USD' })
  unit?: string;

  @Choice(DIRECTIONS, { description: 'Which way is better.', example: 'increase' })
  direction?: string;

  @Section(() => MetricFormula)
  formula?: MetricFormula;

  @Choices(GRAINS, { example: ['month', 'quarter'] })
  grain?: string[];

  @Sections(() => MetricDimension, { max: 100 })
  dimensions?: MetricDimension[];

  @Section(() => MetricData)
  data?: MetricData;

  @Section(() => MetricTargets, {
    description: 'Ordered by direction: increase has critical ≤ warning ≤ target, decrease the reverse.',
  })
  targets?: MetricTargets;

  @Keys({ max: 100, description: 'Metrics this one is computed from; no cycle.', example: ['new-mrr'] })
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
    description: 'What an importer does not know is kept here, not lost; at most 32 KiB.',
  })
  extra?: Record<string, unknown>;
}
