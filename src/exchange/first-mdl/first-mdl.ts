import type { FirstMdlResource, JsonObject } from '../files/catalogue-entry';
import { domainFromFirstMdl } from './domain';
import type { DomainDirectory } from './domain-directory';
import { metricFromFirstMdl } from './metric';
import { objectiveFromFirstMdl } from './objective';

/** Converts a document of the first Metrics Definition Library to the form of this service. */
export function documentFromFirstMdl(
  resource: FirstMdlResource,
  document: JsonObject,
  domains: DomainDirectory,
): JsonObject {
  switch (resource) {
    case 'metrics':
      return metricFromFirstMdl(document, domains);
    case 'domains':
      return domainFromFirstMdl(document);
    case 'objectives':
      return objectiveFromFirstMdl(document, domains);
  }
}
