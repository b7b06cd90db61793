import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who signed in, failed to, and changed keys and users: append-only. */
export class CreateAuditLog1795219207000 implements MigrationInterface {
  name = 'CreateAuditLog1795219207000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_log (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT audit_log_pkey PRIMARY KEY,
        at timestamptz(3) NOT NULL DEFAULT now(),
        actor text NOT NULL,
        action text NOT NULL,
        subject text NOT NULL,
        request_id text NOT NULL,
        address text NOT NULL,
        details jsonb NOT NULL DEFAULT '{}',
        CONSTRAINT audit_log_action_check CHECK (action IN ('key_created', 'key_revoked', 'signed_in', 'sign_in_failed',
          'signed_out', 'refresh_reused', 'user_created', 'user_changed', 'password_changed'))
      )`);
    // Newest first is the primary key read backwards; a filter finds its rows in the same order.
    for (const column of ['actor', 'action', 'subject'])
      await runner.query(`CREATE INDEX audit_log_${column}_idx ON audit_log (${column}, id)`);
    await runner.query(`
      CREATE FUNCTION refuse_rewriting_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'audit_log is append-only: there is no %', TG_OP USING ERRCODE = 'restrict_violation';
      END $$`);
    // For each statement, so that one that finds no row is refused too.
    await runner.query(`
      CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_audit_log()`);
    await runner.query(`ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_append_only`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE audit_log`);
    await runner.query(`DROP FUNCTION refuse_rewriting_audit_log`);
  }
}
