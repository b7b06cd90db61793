import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { User } from './user.entity';

/** What begins with a sign-in: all its refresh tokens are of one family, of which the last one is good. */
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

  /** SHA-256 of what all its refresh tokens have in common, so that one that was used is known for what it is. */
  @Column('bytea')
  family_digest!: Buffer;

  /** SHA-256 of the one that is good. */
  @Column('bytea')
  token_digest!: Buffer;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  created_at!: Date;

  /** Nobody stays signed in for longer, however often they refresh. */
  @Column({ type: 'timestamptz', precision: 3 })
  expires_at!: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  revoked_at!: Date | null;
}
