import { Injectable } from '@nestjs/common';
import type { DocumentStore } from '../documents/document-store';
import { DocumentStores } from '../documents/document-stores';
import { type ListQuery, withFilter } from '../documents/query/list-query';
import { DomainsService } from '../domains/domains.service';
import type { Author } from '../identity/author';
import type { Preconditions } from '../responses/preconditions';
import type { Representation } from '../responses/representation';
import { MetricsService } from '../metrics/metrics.service';
import { Problem } from '../problems/problem';
import { quote } from '../validation/violation';
import type { CheckInDto } from './dto/check-in.dto';
import { objectiveDefinition } from './objective.definition';
import type { ObjectiveDocument } from './objective.entity';

/** What one can do with objectives. */
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

  /** A page of the objectives of one domain. @throws Problem 404 for an unknown domain */
  async listOfDomain(domain: string, query: ListQuery, path: string): Promise<Representation> {
    const key = await this.domains.keyOf(domain);
    return this.store.reader.list(withFilter(query, { parameter: 'domain_id', values: [key] }), path);
  }

  /**
   * Notes where a key result stands: a new version of the objective.
   *
   * @throws Problem 404 for an unknown objective or key result, 412
   */
  checkIn(
    key: string,
    krId: string,
    { current, note }: CheckInDto,
    preconditions: Preconditions,
    author: Author,
  ): Promise<Representation> {
    return this.store.change(
      key,
      preconditions,
      author,
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

  /** Unit and direction of a key result that names none come from the one metric that measures it. */
  private async completeFromMetrics(objective: ObjectiveDocument): Promise<ObjectiveDocument> {
    const open = objective.key_results.flatMap(({ metric_ids, unit, direction }) =>
      metric_ids?.length === 1 && (unit === undefined || direction === undefined) ? metric_ids : [],
    );
    if (open.length === 0) return objective;
    const known = await this.metrics.unitsAndDirections(open);
    const key_results = objective.key_results.map((result) => {
      const { unit, direction } = (result.metric_ids?.length === 1 && known.get(result.metric_ids[0] ?? '')) || {};
      return { ...(unit !== undefined && { unit }), ...(direction !== undefined && { direction }), ...result };
    });
    return { ...objective, key_results };
  }
}
