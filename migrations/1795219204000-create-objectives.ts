import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Objectives with their key results. */
export class CreateObjectives1795219204000 implements MigrationInterface {
  name = 'CreateObjectives1795219204000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE objectives (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT objectives_pkey PRIMARY KEY,
        key text COLLATE "C" NOT NULL CONSTRAINT objectives_key_check CHECK (key ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'),
        data jsonb NOT NULL CONSTRAINT objectives_data_check CHECK (jsonb_typeof(data -> 'name') = 'string' AND jsonb_typeof(data -> 'key_results') = 'array'),
        version integer NOT NULL DEFAULT 1,
        status text NOT NULL DEFAULT 'draft' CONSTRAINT objectives_status_check CHECK (status IN ('draft', 'active', 'on_hold', 'completed', 'cancelled')),
        domain_id bigint CONSTRAINT objectives_domain_id_fkey REFERENCES domains (id) ON DELETE RESTRICT,
        parent_id bigint CONSTRAINT objectives_parent_id_fkey REFERENCES objectives (id) ON DELETE RESTRICT,
        unresolved_refs text[] NOT NULL DEFAULT '{}',
        search tsvector NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        deleted_at timestamptz(3)
      )`);
    await runner.query(`
      CREATE FUNCTION objectives_search() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.search :=
          setweight(to_tsvector('english', concat_ws(' ', NEW.key, translate(NEW.key, '._-', '   '), NEW.data ->> 'name')), 'A') ||
          setweight(jsonb_to_tsvector('english', jsonb_path_query_array(NEW.data, '$.key_results[*].name'), '["string"]'), 'B') ||
          setweight(to_tsvector('english', concat_ws(' ', NEW.data ->> 'description', NEW.data ->> 'strategic_pillar')), 'C');
        RETURN NEW;
      END $$`);
    await runner.query(
      `CREATE TRIGGER objectives_search BEFORE INSERT OR UPDATE OF key, data ON objectives FOR EACH ROW EXECUTE FUNCTION objectives_search()`,
    );

    for (const index of [
      // What only filters carries the default order behind it, so that a filtered page is read and not sorted; what also
      // sorts has an index for each (`newest`). `deleted_at` is included where that lets an index alone give the count.
      // Keys are unique without regard to case, deleted rows included.
      `CREATE UNIQUE INDEX objectives_objective_id_idx ON objectives (lower(key))`,
      `CREATE INDEX objectives_name_idx ON objectives ((lower(data ->> 'name') COLLATE "C"), id)`,
      `CREATE INDEX objectives_status_idx ON objectives (status, updated_at, id) INCLUDE (deleted_at)`,
      `CREATE INDEX objectives_priority_idx ON objectives ((coalesce(data ->> 'priority', '') COLLATE "C"), updated_at, id)`,
      `CREATE INDEX objectives_domain_id_idx ON objectives ((coalesce(data ->> 'domain_id', '') COLLATE "C"), id)`,
      `CREATE INDEX objectives_domain_id_newest_idx ON objectives ((coalesce(data ->> 'domain_id', '') COLLATE "C"), updated_at, id)`,
      `CREATE INDEX objectives_parent_idx ON objectives ((coalesce(data ->> 'parent', '') COLLATE "C"), updated_at, id)`,
      `CREATE INDEX objectives_owner_team_idx ON objectives ((coalesce(data ->> 'owner_team', '') COLLATE "C"), id)`,
      `CREATE INDEX objectives_owner_team_newest_idx ON objectives ((coalesce(data ->> 'owner_team', '') COLLATE "C"), updated_at, id)`,
      `CREATE INDEX objectives_metric_id_idx ON objectives USING gin (jsonb_path_query_array(data, '$.key_results[*].metric_ids[*]'))`,
      `CREATE INDEX objectives_active_on_idx ON objectives ((data #>> '{timeframe,start}'), (data #>> '{timeframe,end}'))`,
      `CREATE INDEX objectives_q_idx ON objectives USING gin (search)`,
      `CREATE INDEX objectives_created_at_idx ON objectives (created_at, id) INCLUDE (deleted_at)`,
      `CREATE INDEX objectives_updated_at_idx ON objectives (updated_at, id)`,
      // The default list and its count.
      `CREATE INDEX objectives_live_idx ON objectives (updated_at, id) WHERE deleted_at IS NULL`,
      `CREATE INDEX objectives_unresolved_idx ON objectives USING gin (unresolved_refs) WHERE unresolved_refs <> '{}'`,
      `CREATE INDEX objectives_domain_column_idx ON objectives (domain_id) WHERE deleted_at IS NULL`,
      `CREATE INDEX objectives_parent_column_idx ON objectives (parent_id) WHERE deleted_at IS NULL`,
      // Rare values are the rule in lists: a sample of the usual size misses them, and the planner walks the newest instead.
      `ALTER INDEX objectives_metric_id_idx ALTER COLUMN 1 SET STATISTICS 1000`,
    ]) {
      await runner.query(index);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    // History goes with the documents, or it would speak of other ones that get their numbers again.
    await runner.query(`ALTER TABLE revisions DISABLE TRIGGER USER`);
    await runner.query(`DELETE FROM revisions WHERE resource = 'objectives'`);
    await runner.query(`ALTER TABLE revisions ENABLE TRIGGER USER`);
    await runner.query(`DROP TABLE objectives`);
    await runner.query(`DROP FUNCTION objectives_search`);
  }
}
