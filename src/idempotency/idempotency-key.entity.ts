import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The stored response to a POST with an `Idempotency-Key`, written in the transaction of the POST. */
@Entity('idempotency_keys')
@Index('idempotency_keys_expires_at_idx', { synchronize: false })
export class IdempotencyKey {
  /** The principal: different principals can choose the same key. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'idempotency_keys_pkey' })
  scope!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'idempotency_keys_pkey' })
  key!: string;

  /** SHA-256 of method, URL and body: a key identifies one request. */
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
