import type { DocumentDefinition } from '../../documents/definition/document-definition';
import { domainDefinition } from '../../domains/domain.definition';
import { metricDefinition } from '../../metrics/metric.definition';
import { objectiveDefinition } from '../../objectives/objective.definition';
import type { Resource } from '../files/catalogue-entry';

/** What each resource says of itself, in the order in which documents find what they name: each names earlier ones. */
export const DEFINITIONS = {
  domains: domainDefinition,
  metrics: metricDefinition,
  objectives: objectiveDefinition,
} as const satisfies Record<Resource, DocumentDefinition>;

/** The resources in that order. */
export const IN_ORDER = Object.keys(DEFINITIONS) as Resource[];
