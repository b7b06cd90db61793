import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys that programs show. What is remembered of them is compared with the generation `auth`. */
export class CreateApiKeys1795219206000 implements MigrationInterface {
  name = 'CreateApiKeys1795219206000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE api_keys (
        id text CONSTRAINT api_keys_pkey PRIMARY KEY,
        name text NOT NULL,
        role text NOT NULL,
        environment text NOT NULL,
        digest bytea NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        expires_at timestamptz(3),
        last_used_at timestamptz(3),
        revoked_at timestamptz(3),
        CONSTRAINT api_keys_id_check CHECK (id ~ '^[0-9a-f]{12}$'),
        CONSTRAINT api_keys_role_check CHECK (role IN ('viewer', 'editor', 'admin')),
        CONSTRAINT api_keys_digest_check CHECK (length(digest) = 32)
      )`);
    await runner.query(`ALTER TABLE cache_generations ADD COLUMN auth bigint NOT NULL DEFAULT 0`);
    // That a key was used changes nothing about whom it stands for.
    await runner.query(`
      CREATE CONSTRAINT TRIGGER api_keys_generation
        AFTER INSERT OR DELETE OR UPDATE OF id, role, environment, digest, expires_at, revoked_at ON api_keys
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION advance_generation('auth')`);
    await runner.query(`
      CREATE TRIGGER api_keys_truncate_generation AFTER TRUNCATE ON api_keys
        FOR EACH STATEMENT EXECUTE FUNCTION advance_generation('auth')`);
    for (const trigger of ['api_keys_generation', 'api_keys_truncate_generation'])
      await runner.query(`ALTER TABLE api_keys ENABLE ALWAYS TRIGGER ${trigger}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE api_keys`);
    await runner.query(`ALTER TABLE cache_generations DROP COLUMN auth`);
  }
}
