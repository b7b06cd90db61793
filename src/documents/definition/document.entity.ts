import { Column, PrimaryGeneratedColumn } from 'typeorm';

/** The CHECK condition for the key column of each table. */
export const KEY_FORM = `key ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'`;

/**
 * The columns that every document table has. The document itself is `data`; other columns hold identity, version,
 * lifecycle and timestamps. Only DocumentStore writes them.
 */
export abstract class DocumentEntity<Document> {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  /** Unique by `lower(key)`, deleted rows included: a key is never reused. */
  @Column({ type: 'text', collation: 'C' })
  key!: string;

  @Column('jsonb')
  data!: Document;

  /** Starts at 1 and increases with each write: optimistic concurrency control by `WHERE version = $n`. */
  @Column({ type: 'integer', default: 1 })
  version!: number;

  /** References to keys without a live document, as `metrics/METRIC-001`. Only lenient writes create them. */
  @Column({ type: 'text', array: true, default: '{}' })
  unresolved_refs!: string[];

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  created_at!: Date;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  updated_at!: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  deleted_at!: Date | null;
}
