import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { User } from './user.entity';

/** A session, which starts with a sign-in. Its refresh tokens form one family; only the latest is valid. */
@Entity('sessions')
@Check('sessions_digests_check', 'length(family_digest) = 32 AND length(token_digest) = 32')
@Index('sessions_family_digest_key', ['family_digest'], { unique: true })
@Index('sessions_user_name_idx', ['user_name'])
@Index('sessions_expires_at_idx', ['expires_at'])
export class Session {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'sessions_pkey' })
  id!: string;

  @ManyToOne(() => User, { nullable: false, onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_name', foreignKeyConstraintName: 'sessions_user_name_fkey' })
  user!: User;

  @Column('text')
  user_name!: string;

  /** SHA-256 of the family, the part that all refresh tokens of the session share; it identifies a reused token. */
  @Column('bytea')
  family_digest!: Buffer;

  /** SHA-256 of the valid refresh token. */
  @Column('bytea')
  token_digest!: Buffer;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  created_at!: Date;

  /** A refresh does not extend it. */
  @Column({ type: 'timestamptz', precision: 3 })
  expires_at!: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  revoked_at!: Date | null;
}
