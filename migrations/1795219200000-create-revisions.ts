import type { MigrationInterface, QueryRunner } from 'typeorm';

/** History, audit trail and change feed of all resources: append-only. */
export class CreateRevisions1795219200000 implements MigrationInterface {
  name = 'CreateRevisions1795219200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE revisions (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT revisions_pkey PRIMARY KEY,
        resource text NOT NULL,
        document_id bigint NOT NULL,
        key text COLLATE "C" NOT NULL,
        version integer NOT NULL,
        change text NOT NULL,
        actor text NOT NULL,
        request_id text NOT NULL,
        reason text,
        changed_fields text[] NOT NULL,
        breaking boolean NOT NULL,
        data jsonb NOT NULL,
        created_at timestamptz(3) NOT NULL
      )`);
    // Newest first, read backwards; unique, so that no two writes can claim one version.
    await runner.query(`CREATE UNIQUE INDEX revisions_document_key ON revisions (resource, document_id, version)`);
    await runner.query(`
      CREATE FUNCTION refuse_rewriting_history() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'revisions are append-only' USING ERRCODE = 'restrict_violation';
      END $$`);
    await runner.query(`
      CREATE TRIGGER revisions_append_only BEFORE UPDATE OR DELETE ON revisions
      FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_history()`);
    await runner.query(`
      CREATE TRIGGER revisions_no_truncate BEFORE TRUNCATE ON revisions
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE revisions`);
    await runner.query(`DROP FUNCTION refuse_rewriting_history`);
  }
}
