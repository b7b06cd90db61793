import type { DocumentExamples } from '../documents/definition/document-definition';
import type { MetricDocument } from './metric.entity';

export const metricExamples: DocumentExamples<MetricDocument> = {
  create: {
    metric_id: 'quote-turnaround-time',
    name: 'Quote turnaround time',
    description: 'Median time from the request of a quote to the quote.',
    business_domain: 'sales',
    owner: 'Sales Operations',
    unit: 'h',
    direction: 'decrease',
    tags: ['sales', 'speed'],
  },
  replace: {
    name: 'Monthly recurring revenue',
    short_name: 'MRR',
    description: 'Normalised monthly value of all active subscriptions.',
    status: 'active',
    category: 'strategic',
    tier: 'tier-1',
    business_domain: 'revenue',
    owner: 'Finance Analytics',
    unit: 'USD',
    direction: 'increase',
    formula: { language: 'sql', expression: "SELECT sum(monthly_amount) FROM subscription WHERE status = 'active'" },
    tags: ['revenue', 'subscription'],
  },
  patch: { description: 'Normalised monthly value of all active subscriptions, without one-off fees.' },
  steps: { 'post /transitions': { to: 'deprecated', reason: 'Annual recurring revenue replaces it.' } },
};
