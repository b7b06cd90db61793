import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { Role } from '../../identity/principal';

/** An API key of a client. Its secret is shown once, at creation, and stored as a digest. */
@Entity('api_keys')
@Check('api_keys_id_check', `id ~ '^[0-9a-f]{12}$'`)
@Check('api_keys_role_check', `role IN ('viewer', 'editor', 'admin')`)
@Check('api_keys_digest_check', 'length(digest) = 32')
export class ApiKey {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'api_keys_pkey' })
  id!: string;

  @Column('text')
  name!: string;

  @Column('text')
  role!: Role;

  @Column('text')
  environment!: string;

  /** SHA-256 of the text of the key. */
  @Column('bytea')
  digest!: Buffer;

  @Column('text')
  created_by!: string;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  created_at!: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  expires_at!: Date | null;

  /** Accurate to one minute, because a write per request would cost more than the request. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  last_used_at!: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  revoked_at!: Date | null;
}
