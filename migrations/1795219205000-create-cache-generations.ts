import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What cached answers are compared with: a number for each resource that grows with every transaction which changes its
 * rows (docs/adr/0010). A new resource is tracked by its own migration: `SELECT track_changes('teams')`.
 */
export class CreateCacheGenerations1795219205000 implements MigrationInterface {
  name = 'CreateCacheGenerations1795219205000';

  async up(runner: QueryRunner): Promise<void> {
    // Sixteen rows, so that commits do not queue for one; the generation is their sum. `flushes` belongs to no resource.
    await runner.query(`
      CREATE TABLE cache_generations (
        shard smallint CONSTRAINT cache_generations_pkey PRIMARY KEY,
        flushes bigint NOT NULL DEFAULT 0,
        CONSTRAINT cache_generations_shard_check CHECK (shard BETWEEN 0 AND 15)
      ) WITH (fillfactor = 20)`);
    await runner.query(`INSERT INTO cache_generations (shard) SELECT generate_series(0, 15)`);
    // Once a transaction, whatever it changes. The schema is named: psql and pg_restore may have any search_path.
    await runner.query(`
      CREATE FUNCTION advance_generation() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        seen text := 'mdl.advanced_' || TG_ARGV[0];
        me text := pg_current_xact_id()::text;
        rows integer;
      BEGIN
        IF current_setting(seen, true) IS DISTINCT FROM me THEN
          EXECUTE format('UPDATE %1$I.cache_generations SET %2$I = %2$I + 1 WHERE shard = $1', TG_TABLE_SCHEMA, TG_ARGV[0])
            USING pg_backend_pid() % 16;
          GET DIAGNOSTICS rows = ROW_COUNT;
          IF rows <> 1 THEN
            RAISE EXCEPTION 'cache_generations lacks shard %: caches could not see this write', pg_backend_pid() % 16;
          END IF;
          PERFORM set_config(seen, me, true);
          -- A commit lost by a crash would give its number to another one: it is flushed whatever the session asks for.
          IF current_setting('synchronous_commit') = 'off' THEN
            PERFORM set_config('synchronous_commit', 'local', true);
          END IF;
        END IF;
        RETURN NULL;
      END $$`);
    // An UPDATE by hand need not think of the version: what a caller holds under the old one must not match the new content.
    await runner.query(`
      CREATE FUNCTION advance_version() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF (OLD.key, OLD.data, OLD.created_at, OLD.updated_at, OLD.deleted_at, to_jsonb(OLD) -> 'status')
          IS DISTINCT FROM (NEW.key, NEW.data, NEW.created_at, NEW.updated_at, NEW.deleted_at, to_jsonb(NEW) -> 'status') THEN
          NEW.version := OLD.version + 1;
        END IF;
        RETURN NEW;
      END $$`);
    // Deferred: the last lock a transaction takes, so it takes part in no deadlock. ALWAYS: replicated rows count too.
    await runner.query(`
      CREATE FUNCTION track_changes(resource text) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        EXECUTE format('ALTER TABLE cache_generations ADD COLUMN %I bigint NOT NULL DEFAULT 0', resource);
        EXECUTE format('CREATE CONSTRAINT TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %I DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION advance_generation(%L)', resource || '_generation', resource, resource);
        EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION advance_generation(%L)',
          resource || '_truncate_generation', resource, resource);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', resource, resource || '_generation');
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', resource, resource || '_truncate_generation');
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE ON %I FOR EACH ROW WHEN (OLD.version = NEW.version) EXECUTE FUNCTION advance_version()',
          resource || '_version', resource);
        EXECUTE format('CREATE CONSTRAINT TRIGGER %I AFTER INSERT ON revisions DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW WHEN (NEW.resource = %L) EXECUTE FUNCTION advance_generation(%L)', resource || '_generation', resource, resource);
        EXECUTE format('ALTER TABLE revisions ENABLE ALWAYS TRIGGER %I', resource || '_generation');
      END $$`);
    await runner.query(`
      CREATE FUNCTION untrack_changes(resource text) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        EXECUTE format('DROP TRIGGER %I ON %I', resource || '_generation', resource);
        EXECUTE format('DROP TRIGGER %I ON %I', resource || '_truncate_generation', resource);
        EXECUTE format('DROP TRIGGER %I ON %I', resource || '_version', resource);
        EXECUTE format('DROP TRIGGER %I ON revisions', resource || '_generation');
        EXECUTE format('ALTER TABLE cache_generations DROP COLUMN %I', resource);
      END $$`);
    for (const resource of ['domains', 'metrics', 'objectives'])
      await runner.query(`SELECT track_changes('${resource}')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const resource of ['domains', 'metrics', 'objectives'])
      await runner.query(`SELECT untrack_changes('${resource}')`);
    await runner.query(`DROP FUNCTION track_changes, untrack_changes, advance_generation, advance_version`);
    await runner.query(`DROP TABLE cache_generations`);
  }
}
