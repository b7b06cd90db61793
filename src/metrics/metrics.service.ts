import { Injectable, type StreamableFile } from '@nestjs/common';
import type { DocumentStore } from '../documents/document-store';
import { DocumentStores } from '../documents/document-stores';
import { type ListQuery, withFilter } from '../documents/query/list-query';
import type { WriteRequest } from '../documents/write/write-request';
import { DomainsService } from '../domains/domains.service';
import { Problem } from '../problems/problem';
import type { Representation } from '../responses/representation';
import { quote, type Violation } from '../validation/violation';
import type { TransitionMetricDto } from './dto/transition-metric.dto';
import { metricDefinition } from './metric.definition';
import type { MetricDocument } from './metric.entity';
import { requireTransition } from './metric.rules';
import type { Direction } from './metric.values';

/** The operations on metrics. */
@Injectable()
export class MetricsService {
  readonly store: DocumentStore<MetricDocument>;

  constructor(
    documents: DocumentStores,
    private readonly domains: DomainsService,
  ) {
    this.store = documents.of({
      ...metricDefinition,
      storedRules: (metric) => this.findArchivedDependencies(metric),
    });
  }

  /** Reads a page of metrics. `include_subdomains` extends `business_domain` to descendants. */
  async list(query: ListQuery, path: string): Promise<Representation> {
    return this.store.reader.list(await this.widen(query), path);
  }

  /** Streams every matching metric as NDJSON. */
  async export(query: ListQuery): Promise<StreamableFile> {
    return this.store.reader.export(await this.widen(query));
  }

  /** Reads a page of the metrics of one domain. @throws Problem 404 for an unknown domain */
  async listOfDomain(domain: string, query: ListQuery, path: string): Promise<Representation> {
    const key = await this.domains.keyOf(domain);
    return this.list(withFilter(query, { parameter: 'business_domain', values: [key] }), path);
  }

  /**
   * Changes the status of a metric.
   *
   * @throws Problem 404, 409 `invalid_transition`, `in_use`, 412, 422 `gate_refused`
   */
  transition({ to, reason }: TransitionMetricDto, write: WriteRequest): Promise<Representation> {
    return this.store.change(
      write,
      (metric) => {
        requireTransition(metric, to, reason);
        return { ...metric, status: to };
      },
      // An active metric cannot start to depend on this one while it is archived.
      { change: 'transitioned', reason, excludesReferences: to === 'archived' },
    );
  }

  /** Finds unit and direction of the live metrics among the keys. */
  async unitsAndDirections(keys: readonly string[]): Promise<Map<string, { unit?: string; direction?: Direction }>> {
    const rows = await this.store.database.query<{ key: string; data: { unit?: string; direction?: Direction } }>(
      `SELECT key, data FROM metrics WHERE lower(key) = ANY(SELECT lower(unnest($1::text[]))) AND deleted_at IS NULL`,
      [keys],
    );
    return new Map(rows.map(({ key, data }) => [key, data]));
  }

  private async widen(query: ListQuery): Promise<ListQuery> {
    if (!query.filters.some(({ parameter }) => parameter === 'include_subdomains')) return query;
    const widened = query.filters.map(async (filter) =>
      filter.parameter === 'business_domain'
        ? { ...filter, values: await this.domains.subtree(filter.values) }
        : filter,
    );
    return { ...query, filters: await Promise.all(widened) };
  }

  /** An active metric cannot depend on an archived one, whichever of the two changes. */
  private async findArchivedDependencies(metric: MetricDocument): Promise<Violation[]> {
    const { status, depends_on } = metric;
    if (status === 'archived') await this.requireUnusedByActive(metric);
    if (status !== 'active' || !depends_on?.length) return [];
    const archived = await this.store.database.query<{ key: string }>(
      `SELECT key FROM metrics
       WHERE lower(key) = ANY(SELECT lower(unnest($1::text[]))) AND status = 'archived' AND deleted_at IS NULL`,
      [depends_on],
    );
    return archived.map(({ key }) => ({
      pointer: `/depends_on/${depends_on.indexOf(key)}`,
      code: 'archived_reference',
      detail: `${quote(key)} is archived. An active metric cannot depend on an archived one.`,
    }));
  }

  private async requireUnusedByActive({ metric_id }: MetricDocument): Promise<void> {
    const users = await this.store.database.query<{ key: string; total: number }>(
      `SELECT key, count(*) OVER ()::int AS total FROM metrics
       WHERE (data -> 'depends_on') ? $1 AND status = 'active' AND deleted_at IS NULL ORDER BY id LIMIT 20`,
      [metric_id],
    );
    if (!users[0]) return;
    throw new Problem('in_use', {
      detail: `${users[0].total} active metrics depend on this metric.`,
      members: { counts: { metrics: users[0].total }, users: users.map(({ key }) => ({ resource: 'metrics', key })) },
    });
  }
}
