import { Check, Column, Entity, ForeignKey, Index } from 'typeorm';
import { DocumentEntity, KEY_FORM } from '../documents/definition/document.entity';
import { IndexedFields } from '../documents/definition/indexed-fields';
import { BusinessDomain } from '../domains/domain.entity';
import { MetricDto } from './dto/metric.dto';
import { metricFields } from './metric.fields';
import type { MetricStatus } from './metric.values';

/** The definition of a business metric. */
export type MetricDocument = MetricDto;

@Entity('metrics')
@IndexedFields('metrics', metricFields)
@Index('metrics_domain_id_idx', { synchronize: false })
@Check('metrics_key_check', KEY_FORM)
@Check('metrics_data_check', `jsonb_typeof(data -> 'name') = 'string'`)
@Check('metrics_status_check', `status IN ('draft', 'active', 'deprecated', 'archived')`)
@Check('metrics_domain_check', `status = 'draft' OR data ? 'business_domain'`)
export class Metric extends DocumentEntity<MetricDocument> {
  @Column({ type: 'text', default: 'draft' })
  status!: MetricStatus;

  /** Mirrors `business_domain`. NULL in drafts without a domain and while the reference is unresolved. */
  @Column({ type: 'bigint', nullable: true })
  @ForeignKey(() => BusinessDomain, { name: 'metrics_domain_id_fkey', onDelete: 'RESTRICT' })
  domain_id!: string | null;
}
