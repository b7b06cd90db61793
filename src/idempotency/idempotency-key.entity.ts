import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The kept answer of a POST that carried an Idempotency-Key. Written in the transaction of the write it answers. */
@Entity('idempotency_keys')
@Index('idempotency_keys_expires_at_idx', { synchronize: false })
export class IdempotencyKey {
  /** The caller: two callers may choose the same key. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'idempotency_keys_pkey' })
  scope!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'idempotency_keys_pkey' })
  key!: string;

  /** SHA-256 over method, URL and body: the same key must mean the same request. */
  @Column('text')
  fingerprint!: string;

  @Column('integer')
  status!: number;

  @Column('jsonb')
  headers!: Record<string, string>;

  @Column({ type: 'text', nullable: true })
  body!: string | null;

  @Column({ type: 'timestamptz', precision: 3 })
  expires_at!: Date;
}
