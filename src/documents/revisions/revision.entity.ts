import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

export const CHANGES = ['created', 'updated', 'transitioned', 'deleted', 'restored', 'reverted', 'moved'] as const;
export type Change = (typeof CHANGES)[number];

/** One write of one document: history, audit trail and change feed at once. Append-only, enforced by a trigger. */
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

  /** Formula, unit, direction, grain, kind or dependencies changed: consumers have to look. */
  @Column('boolean')
  breaking!: boolean;

  /** The whole document as it was after the write. */
  @Column('jsonb')
  data!: Record<string, unknown>;

  @Column({ type: 'timestamptz', precision: 3 })
  created_at!: Date;
}
