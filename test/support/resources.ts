import { domainDefinition } from '../../src/domains/domain.definition';
import { Resources } from '../../src/exchange/resources';
import { metricDefinition } from '../../src/metrics/metric.definition';
import { objectiveDefinition } from '../../src/objectives/objective.definition';

/** The resources of the service, for unit tests without an application. */
export const resources = new Resources([domainDefinition, metricDefinition, objectiveDefinition]);
