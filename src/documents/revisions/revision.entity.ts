import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { Change } from '../definition/document-definition';

/** One write of one document. The table is append-only, enforced by a trigger. */
@Entity('revisions')
@Index('revisions_document_key', { synchronize: false })
export class Revision {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'revisions_pkey',
  })
  id!: string;

  @Column('text')
  resource!: string;

  @Column('bigint')
  document_id!: string;

  @Column({ type: 'text', collation: 'C' })
  key!: string;

  @Column('integer')
  version!: number;

  @Column('text')
  change!: Change;

  @Column('text')
  actor!: string;

  @Column('text')
  request_id!: string;

  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  @Column({ type: 'text', array: true })
  changed_fields!: string[];

  /** The write changed a member that the definition lists as breaking. */
  @Column('boolean')
  breaking!: boolean;

  /** The complete document after the write. */
  @Column('jsonb')
  data!: Record<string, unknown>;

  @Column({ type: 'timestamptz', precision: 3 })
  created_at!: Date;
}
