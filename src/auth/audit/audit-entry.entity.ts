import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

export const AUDIT_ACTIONS = [
  'key_created',
  'key_revoked',
  'signed_in',
  'sign_in_failed',
  'signed_out',
  'refresh_reused',
  'user_created',
  'user_changed',
  'password_changed',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** A security event: a sign-in or a change of an API key or user. The table is append-only, enforced by a trigger. */
@Entity('audit_log')
@Check('audit_log_action_check', `action IN (${AUDIT_ACTIONS.map((action) => `'${action}'`).join(', ')})`)
@Index('audit_log_actor_idx', ['actor', 'id'])
@Index('audit_log_action_idx', ['action', 'id'])
@Index('audit_log_subject_idx', ['subject', 'id'])
export class AuditEntry {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'audit_log_pkey',
  })
  id!: string;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  at!: Date;

  @Column('text')
  actor!: string;

  @Column('text')
  action!: AuditAction;

  /** The id of the principal that the event concerns: `key:4f6c1e9a0b2d`. */
  @Column('text')
  subject!: string;

  /** Empty for a command, as is `address`. */
  @Column('text')
  request_id!: string;

  @Column('text')
  address!: string;

  /** Names and roles; of a change, before and after. Never a secret. */
  @Column('jsonb', { default: {} })
  details!: object;
}
