import type { JsonObject, Resource } from '../files/catalogue-entry';
import type { DomainDirectory } from './domain-directory';
import { domainFromFirstMdl } from './domain';
import { metricFromFirstMdl } from './metric';
import { objectiveFromFirstMdl } from './objective';

/** A document of the first Metrics Definition Library in our form. */
export function documentFromFirstMdl(resource: Resource, document: JsonObject, domains: DomainDirectory): JsonObject {
  switch (resource) {
    case 'metrics':
      return metricFromFirstMdl(document, domains);
    case 'domains':
      return domainFromFirstMdl(document);
    case 'objectives':
      return objectiveFromFirstMdl(document, domains);
  }
}
