import type { DocumentExamples } from '../documents/definition/document-definition';
import type { ObjectiveDocument } from './objective.entity';

export const objectiveExamples: DocumentExamples<ObjectiveDocument> = {
  create: {
    objective_id: 'OBJ-2027-H1-01',
    name: 'Keep the customers we win',
    domain_id: 'customer-success',
    owner_team: 'Customer Success',
    timeframe: { start: '2027-01-01', end: '2027-06-30' },
    key_results: [
      {
        kr_id: 'KR-1',
        name: 'Net revenue retention reaches 115 %',
        metric_ids: ['net-revenue-retention'],
        baseline: 108,
        target: 115,
      },
    ],
  },
  replace: {
    name: 'Grow with the customers we have',
    domain_id: 'revenue',
    owner_team: 'Customer Success',
    status: 'active',
    timeframe: { start: '2026-07-01', end: '2026-12-31' },
    key_results: [
      {
        kr_id: 'KR-1',
        name: 'Net revenue retention reaches 112 %',
        metric_ids: ['net-revenue-retention'],
        baseline: 104,
        target: 112,
        current: 106,
      },
    ],
  },
  patch: { priority: 'high' },
  steps: { 'patch /key-results/{kr_id}': { current: 109, note: 'October close.' } },
};
