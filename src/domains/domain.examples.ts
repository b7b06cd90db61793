import type { DocumentExamples } from '../documents/definition/document-definition';
import type { DomainDocument } from './domain.entity';

export const domainExamples: DocumentExamples<DomainDocument> = {
  create: {
    domain_id: 'partners',
    name: 'Partners',
    description: 'Sales through resellers and marketplaces.',
    parent: 'go-to-market',
    owner_team: 'Partner Management',
  },
  replace: {
    name: 'Revenue',
    description: 'What customers pay, and how it grows.',
    parent: 'finance',
    owner_team: 'Finance Analytics',
    tags: ['finance', 'revenue'],
  },
  patch: { key_areas: ['Recurring revenue', 'Retention', 'Pricing'] },
};
