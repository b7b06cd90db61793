import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Old audit entries can be deleted, by one function that runs as the owner: the role of the service cannot delete any
 * itself (application-role.ts), and through the function none that is younger than 30 days.
 */
export class AuditRetention1795219209000 implements MigrationInterface {
  name = 'AuditRetention1795219209000';

  async up(runner: QueryRunner): Promise<void> {
    await this.refuseRewriting(
      runner,
      `\n        IF TG_OP = 'DELETE' AND current_setting('mdl.deletes_old_audit_entries', true) = 'yes' THEN RETURN NULL; END IF;`,
    );
    await runner.query(`
      CREATE FUNCTION delete_old_audit_entries(days int, most int) RETURNS bigint
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
      DECLARE
        deleted bigint;
      BEGIN
        IF days IS NULL OR days < 30 OR most IS NULL THEN
          RAISE EXCEPTION 'audit entries are kept for at least 30 days' USING ERRCODE = 'invalid_parameter_value';
        END IF;
        PERFORM set_config('mdl.deletes_old_audit_entries', 'yes', true);
        -- Ids ascend with time: the oldest entries are the first of the primary key, and no index on the time is needed.
        DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log ORDER BY id LIMIT most)
          AND at < now() - make_interval(days => days);
        GET DIAGNOSTICS deleted = ROW_COUNT;
        PERFORM set_config('mdl.deletes_old_audit_entries', 'no', true);
        RETURN deleted;
      END $$`);
    await runner.query(`REVOKE EXECUTE ON FUNCTION delete_old_audit_entries FROM PUBLIC`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION delete_old_audit_entries`);
    await this.refuseRewriting(runner, '');
  }

  private async refuseRewriting(runner: QueryRunner, exception: string): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION refuse_rewriting_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN${exception}
        RAISE EXCEPTION 'audit_log is append-only: there is no %', TG_OP USING ERRCODE = 'restrict_violation';
      END $$`);
  }
}
