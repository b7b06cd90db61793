import { Check, Column, Entity, ForeignKey, Index } from 'typeorm';
import { DocumentEntity, KEY_FORM } from '../documents/definition/document.entity';
import { IndexedFields } from '../documents/definition/indexed-fields';
import { domainFields } from './domain.fields';
import type { DomainStatus } from './domain.values';
import { DomainDto } from './dto/domain.dto';

/** A business domain with metrics and objectives. Domains form a tree. */
export type DomainDocument = DomainDto;

@Entity('domains')
@IndexedFields('domains', domainFields)
@Index('domains_parent_id_idx', { synchronize: false })
@Check('domains_key_check', KEY_FORM)
@Check('domains_data_check', `jsonb_typeof(data -> 'name') = 'string'`)
@Check('domains_status_check', `status IN ('active', 'deprecated')`)
export class BusinessDomain extends DocumentEntity<DomainDocument> {
  @Column({ type: 'text', default: 'active' })
  status!: DomainStatus;

  /** Mirrors `parent`. */
  @Column({ type: 'bigint', nullable: true })
  @ForeignKey(() => BusinessDomain, { name: 'domains_parent_id_fkey', onDelete: 'RESTRICT' })
  parent_id!: string | null;
}
