import { Check, Column, Entity, ForeignKey, Index } from 'typeorm';
import { DocumentEntity, KEY_FORM } from '../documents/definition/document.entity';
import { IndexedFields } from '../documents/definition/indexed-fields';
import { BusinessDomain } from '../domains/domain.entity';
import { ObjectiveDto } from './dto/objective.dto';
import { objectiveFields } from './objective.fields';
import type { ObjectiveStatus } from './objective.values';

/** A goal of the organisation with key results that measure it. */
export type ObjectiveDocument = ObjectiveDto;

@Entity('objectives')
@IndexedFields('objectives', objectiveFields)
@Index('objectives_domain_column_idx', { synchronize: false })
@Index('objectives_parent_column_idx', { synchronize: false })
@Check('objectives_key_check', KEY_FORM)
@Check(
  'objectives_data_check',
  `jsonb_typeof(data -> 'name') = 'string' AND jsonb_typeof(data -> 'key_results') = 'array'`,
)
@Check('objectives_status_check', `status IN ('draft', 'active', 'on_hold', 'completed', 'cancelled')`)
export class Objective extends DocumentEntity<ObjectiveDocument> {
  @Column({ type: 'text', default: 'draft' })
  status!: ObjectiveStatus;

  /** Mirrors the member `domain_id`. */
  @Column({ type: 'bigint', nullable: true })
  @ForeignKey(() => BusinessDomain, { name: 'objectives_domain_id_fkey', onDelete: 'RESTRICT' })
  domain_id!: string | null;

  /** Mirrors `parent`. */
  @Column({ type: 'bigint', nullable: true })
  @ForeignKey(() => Objective, { name: 'objectives_parent_id_fkey', onDelete: 'RESTRICT' })
  parent_id!: string | null;
}
