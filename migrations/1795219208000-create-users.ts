import type { MigrationInterface, QueryRunner } from 'typeorm';

/** People who sign in with a password, and their sessions. What is remembered of them is compared with the generation `auth`. */
export class CreateUsers1795219208000 implements MigrationInterface {
  name = 'CreateUsers1795219208000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE users (
        name text CONSTRAINT users_pkey PRIMARY KEY,
        role text NOT NULL,
        password_hash text NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        password_changed_at timestamptz(3) NOT NULL DEFAULT now(),
        last_signed_in_at timestamptz(3),
        disabled_at timestamptz(3),
        CONSTRAINT users_name_check CHECK (name ~ '^[a-z0-9][a-z0-9._@+-]{0,99}$'),
        CONSTRAINT users_role_check CHECK (role IN ('viewer', 'editor', 'admin')),
        CONSTRAINT users_password_hash_check CHECK (password_hash LIKE '$argon2id$%')
      )`);
    await runner.query(`
      CREATE TABLE sessions (
        id uuid CONSTRAINT sessions_pkey PRIMARY KEY,
        user_name text NOT NULL CONSTRAINT sessions_user_name_fkey REFERENCES users ON DELETE CASCADE,
        family_digest bytea NOT NULL,
        token_digest bytea NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        expires_at timestamptz(3) NOT NULL,
        revoked_at timestamptz(3),
        CONSTRAINT sessions_digests_check CHECK (length(family_digest) = 32 AND length(token_digest) = 32)
      )`);
    await runner.query(`CREATE UNIQUE INDEX sessions_family_digest_key ON sessions (family_digest)`);
    await runner.query(`CREATE INDEX sessions_user_name_idx ON sessions (user_name)`);
    await runner.query(`CREATE INDEX sessions_expires_at_idx ON sessions (expires_at)`);
    // Neither a new user nor a new session changes whom anybody stands for, so that a sign-in leaves all others remembered.
    await this.advance(runner, 'users', 'name, role, disabled_at');
    await this.advance(runner, 'sessions', 'id, user_name, expires_at, revoked_at');
  }

  private async advance(runner: QueryRunner, table: string, columns: string): Promise<void> {
    await runner.query(`
      CREATE CONSTRAINT TRIGGER ${table}_generation AFTER DELETE OR UPDATE OF ${columns} ON ${table}
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION advance_generation('auth')`);
    await runner.query(`
      CREATE TRIGGER ${table}_truncate_generation AFTER TRUNCATE ON ${table}
        FOR EACH STATEMENT EXECUTE FUNCTION advance_generation('auth')`);
    for (const trigger of [`${table}_generation`, `${table}_truncate_generation`])
      await runner.query(`ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['sessions', 'users']) await runner.query(`DROP TABLE ${table}`);
  }
}
