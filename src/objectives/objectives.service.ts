import { Injectable } from '@nestjs/common';
import type { DocumentStore } from '../documents/document-store';
import { DocumentStores } from '../documents/document-stores';
import { type ListQuery, withFilter } from '../documents/query/list-query';
import type { WriteRequest } from '../documents/write/write-request';
import { DomainsService } from '../domains/domains.service';
import { MetricsService } from '../metrics/metrics.service';
import { Problem } from '../problems/problem';
import type { Representation } from '../responses/representation';
import { quote } from '../validation/violation';
import type { CheckInDto } from './dto/check-in.dto';
import { objectiveDefinition } from './objective.definition';
import type { ObjectiveDocument } from './objective.entity';

/** The operations on objectives. */
@Injectable()
export class ObjectivesService {
  readonly store: DocumentStore<ObjectiveDocument>;

  constructor(
    documents: DocumentStores,
    private readonly domains: DomainsService,
    private readonly metrics: MetricsService,
  ) {
    this.store = documents.of({ ...objectiveDefinition, complete: (objective) => this.completeFromMetrics(objective) });
  }

  /** Reads a page of the objectives of one domain. @throws Problem 404 for an unknown domain */
  async listOfDomain(domain: string, query: ListQuery, path: string): Promise<Representation> {
    const key = await this.domains.keyOf(domain);
    return this.store.reader.list(withFilter(query, { parameter: 'domain_id', values: [key] }), path);
  }

  /**
   * Records the current value of a key result as a new version of the objective.
   *
   * @throws Problem 404 for an unknown objective or key result, 412
   */
  checkIn(krId: string, { current, note }: CheckInDto, write: WriteRequest): Promise<Representation> {
    return this.store.change(
      write,
      (objective) => {
        const index = objective.key_results.findIndex(({ kr_id }) => kr_id.toLowerCase() === krId.toLowerCase());
        if (index < 0) throw new Problem('not_found', { detail: `The objective has no key result ${quote(krId)}.` });
        return {
          ...objective,
          key_results: objective.key_results.map((result, at) => (at === index ? { ...result, current } : result)),
        };
      },
      { reason: note, recordUnchanged: true },
    );
  }

  /** A key result without unit or direction takes them from its metric if it has exactly one. */
  private async completeFromMetrics(objective: ObjectiveDocument): Promise<ObjectiveDocument> {
    const incomplete = objective.key_results.flatMap(({ metric_ids, unit, direction }) =>
      metric_ids?.length === 1 && (unit === undefined || direction === undefined) ? metric_ids : [],
    );
    if (incomplete.length === 0) return objective;
    const known = await this.metrics.unitsAndDirections(incomplete);
    const key_results = objective.key_results.map((result) => {
      const { unit, direction } = (result.metric_ids?.length === 1 && known.get(result.metric_ids[0] ?? '')) || {};
      return { ...(unit !== undefined && { unit }), ...(direction !== undefined && { direction }), ...result };
    });
    return { ...objective, key_results };
  }
}
