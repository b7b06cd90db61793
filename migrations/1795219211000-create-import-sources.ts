import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sources of repeated imports, what they said last, and the reports of imports. */
export class CreateImportSources1795219211000 implements MigrationInterface {
  name = 'CreateImportSources1795219211000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE sources (
        key text COLLATE "C" CONSTRAINT sources_pkey PRIMARY KEY
          CONSTRAINT sources_key_check CHECK (key ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'),
        format text,
        key_prefix text,
        default_domain text,
        default_owner text,
        status_policy text NOT NULL DEFAULT 'keep'
          CONSTRAINT sources_status_policy_check CHECK (status_policy IN ('keep', 'source')),
        prune text NOT NULL DEFAULT 'report'
          CONSTRAINT sources_prune_check CHECK (prune IN ('report', 'flag', 'deprecate')),
        on_conflict text NOT NULL DEFAULT 'local'
          CONSTRAINT sources_on_conflict_check CHECK (on_conflict IN ('local', 'source', 'refuse')),
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now()
      )`);
    await runner.query(`CREATE UNIQUE INDEX sources_key_idx ON sources (lower(key))`);
    // The key is in lower case, as it identifies a document. An import updates seen_at of all its rows, so no index has it.
    await runner.query(`
      CREATE TABLE source_documents (
        source text COLLATE "C" NOT NULL
          CONSTRAINT source_documents_source_fkey REFERENCES sources (key) ON DELETE CASCADE,
        resource text COLLATE "C" NOT NULL,
        key text COLLATE "C" NOT NULL,
        base jsonb NOT NULL,
        seen_at timestamptz(3) NOT NULL,
        CONSTRAINT source_documents_pkey PRIMARY KEY (source, resource, key)
      ) WITH (fillfactor = 80)`);
    await runner.query(`
      CREATE TABLE imports (
        id uuid CONSTRAINT imports_pkey PRIMARY KEY,
        source text COLLATE "C",
        options jsonb NOT NULL,
        state text NOT NULL
          CONSTRAINT imports_state_check CHECK (state IN ('running', 'done', 'refused', 'failed', 'interrupted')),
        actor text NOT NULL,
        processed integer NOT NULL DEFAULT 0,
        total integer NOT NULL DEFAULT 0,
        report json,
        error json,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        finished_at timestamptz(3)
      )`);
    await runner.query(`CREATE INDEX imports_created_at_idx ON imports (created_at, id)`);
    // One import at a time for each source.
    await runner.query(`CREATE UNIQUE INDEX imports_running_idx ON imports (lower(source)) WHERE state = 'running'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['imports', 'source_documents', 'sources']) await runner.query(`DROP TABLE ${table}`);
  }
}
