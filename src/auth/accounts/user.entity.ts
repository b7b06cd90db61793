import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { Role } from '../../identity/principal';

/** The pattern of a user name, in lower case; often an email address. */
export const NAME_PATTERN = '^[a-z0-9][a-z0-9._@+-]{0,99}$';

/** A user who signs in with a password. Disabled, never deleted, because revisions and the audit log name users. */
@Entity('users')
@Check('users_name_check', `name ~ '${NAME_PATTERN}'`)
@Check('users_role_check', `role IN ('viewer', 'editor', 'admin')`)
@Check('users_password_hash_check', `password_hash LIKE '$argon2id$%'`)
export class User {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'users_pkey' })
  name!: string;

  @Column('text')
  role!: Role;

  /** Argon2id in the PHC string format. */
  @Column('text')
  password_hash!: string;

  @Column('text')
  created_by!: string;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  created_at!: Date;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  password_changed_at!: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  last_signed_in_at!: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  disabled_at!: Date | null;
}
