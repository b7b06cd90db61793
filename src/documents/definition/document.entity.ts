import { Column, PrimaryGeneratedColumn } from 'typeorm';

/** The form of a key, for the check of each table. */
export const KEY_FORM = `key ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'`;

/**
 * The columns that every resource's table has. The document itself is `data`; columns exist only for identity, version,
 * lifecycle and time. Written by DocumentStore alone.
 */
export abstract class DocumentEntity<Document> {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  /** Unique on `lower(key)`, deleted rows included: a key is never reused. */
  @Column({ type: 'text', collation: 'C' })
  key!: string;

  @Column('jsonb')
  data!: Document;

  /** From 1, one more with each write. The guard of every write is `WHERE version = $n`. */
  @Column({ type: 'integer', default: 1 })
  version!: number;

  /** References to keys that no live document has, as `metrics/METRIC-001`; only lenient imports leave any. */
  @Column({ type: 'text', array: true, default: '{}' })
  unresolved_refs!: string[];

  /** Weighted words for `q`; kept by a trigger of the table. */
  @Column({ type: 'tsvector', select: false })
  search!: string;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  created_at!: Date;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  updated_at!: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  deleted_at!: Date | null;
}
