import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Metric definitions. */
export class CreateMetrics1795219203000 implements MigrationInterface {
  name = 'CreateMetrics1795219203000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE metrics (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT metrics_pkey PRIMARY KEY,
        key text COLLATE "C" NOT NULL CONSTRAINT metrics_key_check CHECK (key ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'),
        data jsonb NOT NULL CONSTRAINT metrics_data_check CHECK (jsonb_typeof(data -> 'name') = 'string'),
        version integer NOT NULL DEFAULT 1,
        status text NOT NULL DEFAULT 'draft' CONSTRAINT metrics_status_check CHECK (status IN ('draft', 'active', 'deprecated', 'archived')),
        domain_id bigint CONSTRAINT metrics_domain_id_fkey REFERENCES domains (id) ON DELETE RESTRICT,
        unresolved_refs text[] NOT NULL DEFAULT '{}',
        search tsvector NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        deleted_at timestamptz(3),
        CONSTRAINT metrics_domain_check CHECK (status = 'draft' OR data ? 'business_domain')
      )`);
    await runner.query(`
      CREATE FUNCTION metrics_search() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.search :=
          setweight(to_tsvector('english', concat_ws(' ', NEW.key, translate(NEW.key, '._-', '   '), NEW.data ->> 'name', translate(NEW.data ->> 'name', '._-', '   '), NEW.data ->> 'short_name')), 'A') ||
          setweight(jsonb_to_tsvector('english', jsonb_build_array(NEW.data -> 'synonyms', NEW.data -> 'tags'), '["string"]'), 'B') ||
          setweight(to_tsvector('english', coalesce(NEW.data ->> 'description', '')), 'C') ||
          setweight(jsonb_to_tsvector('english', coalesce(NEW.data -> 'formula', '{}'), '["string"]'), 'D');
        RETURN NEW;
      END $$`);
    await runner.query(
      `CREATE TRIGGER metrics_search BEFORE INSERT OR UPDATE OF key, data ON metrics FOR EACH ROW EXECUTE FUNCTION metrics_search()`,
    );

    for (const index of [
      // What only filters carries the default order behind it, so that a filtered page is read and not sorted; what also
      // sorts has an index for each (`newest`). `deleted_at` is included where that lets an index alone give the count.
      // Keys are unique without regard to case, deleted rows included.
      `CREATE UNIQUE INDEX metrics_metric_id_idx ON metrics (lower(key))`,
      `CREATE INDEX metrics_name_idx ON metrics ((lower(data ->> 'name') COLLATE "C"), id)`,
      `CREATE INDEX metrics_status_idx ON metrics (status, updated_at, id) INCLUDE (deleted_at)`,
      `CREATE INDEX metrics_category_idx ON metrics ((coalesce(data ->> 'category', '') COLLATE "C"), id)`,
      `CREATE INDEX metrics_category_newest_idx ON metrics ((coalesce(data ->> 'category', '') COLLATE "C"), updated_at, id)`,
      `CREATE INDEX metrics_tier_idx ON metrics ((coalesce(data ->> 'tier', '') COLLATE "C"), id)`,
      `CREATE INDEX metrics_tier_newest_idx ON metrics ((coalesce(data ->> 'tier', '') COLLATE "C"), updated_at, id)`,
      `CREATE INDEX metrics_metric_type_idx ON metrics ((coalesce(data ->> 'metric_type', '') COLLATE "C"), updated_at, id)`,
      `CREATE INDEX metrics_kind_idx ON metrics ((coalesce(data ->> 'kind', '') COLLATE "C"), updated_at, id)`,
      `CREATE INDEX metrics_business_domain_idx ON metrics ((coalesce(data ->> 'business_domain', '') COLLATE "C"), id)`,
      `CREATE INDEX metrics_business_domain_newest_idx ON metrics ((coalesce(data ->> 'business_domain', '') COLLATE "C"), updated_at, id)`,
      `CREATE INDEX metrics_owner_idx ON metrics ((coalesce(data ->> 'owner', '') COLLATE "C"), id)`,
      `CREATE INDEX metrics_owner_newest_idx ON metrics ((coalesce(data ->> 'owner', '') COLLATE "C"), updated_at, id)`,
      `CREATE INDEX metrics_unit_idx ON metrics ((coalesce(data ->> 'unit', '') COLLATE "C"), updated_at, id)`,
      `CREATE INDEX metrics_direction_idx ON metrics ((coalesce(data ->> 'direction', '') COLLATE "C"), updated_at, id)`,
      `CREATE INDEX metrics_classification_idx ON metrics ((data #>> '{governance,classification}'), updated_at, id)`,
      `CREATE INDEX metrics_pii_idx ON metrics ((data #>> '{governance,pii}'), updated_at, id)`,
      `CREATE INDEX metrics_tags_idx ON metrics USING gin ((data -> 'tags'))`,
      `CREATE INDEX metrics_grain_idx ON metrics USING gin ((data -> 'grain'))`,
      `CREATE INDEX metrics_depends_on_idx ON metrics USING gin ((data -> 'depends_on'))`,
      `CREATE INDEX metrics_q_idx ON metrics USING gin (search)`,
      `CREATE INDEX metrics_created_at_idx ON metrics (created_at, id) INCLUDE (deleted_at)`,
      `CREATE INDEX metrics_updated_at_idx ON metrics (updated_at, id)`,
      // The default list and its count.
      `CREATE INDEX metrics_live_idx ON metrics (updated_at, id) WHERE deleted_at IS NULL`,
      `CREATE INDEX metrics_unresolved_idx ON metrics USING gin (unresolved_refs) WHERE unresolved_refs <> '{}'`,
      // Documents that lack a field are the few that need work.
      `CREATE INDEX metrics_missing_business_domain_idx ON metrics (updated_at, id) WHERE NOT data ? 'business_domain'`,
      `CREATE INDEX metrics_missing_owner_idx ON metrics (updated_at, id) WHERE NOT data ? 'owner'`,
      `CREATE INDEX metrics_missing_description_idx ON metrics (updated_at, id) WHERE NOT data ? 'description'`,
      `CREATE INDEX metrics_missing_formula_idx ON metrics (updated_at, id) WHERE (data #>> '{formula,expression}') IS NULL`,
      `CREATE INDEX metrics_missing_unit_idx ON metrics (updated_at, id) WHERE NOT data ? 'unit'`,
      // Who uses this? Asked before a delete.
      `CREATE INDEX metrics_domain_id_idx ON metrics (domain_id) WHERE deleted_at IS NULL`,
      `CREATE INDEX metrics_related_idx ON metrics USING gin ((data -> 'related'))`,
      `CREATE INDEX metrics_replaced_by_idx ON metrics USING gin ((data -> 'replaced_by'))`,
      // Rare values are the rule in lists: a sample of the usual size misses them, and the planner walks the newest instead.
      `ALTER INDEX metrics_tags_idx ALTER COLUMN 1 SET STATISTICS 1000`,
      `ALTER INDEX metrics_depends_on_idx ALTER COLUMN 1 SET STATISTICS 1000`,
    ]) {
      await runner.query(index);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    // History goes with the documents, or it would speak of other ones that get their numbers again.
    await runner.query(`ALTER TABLE revisions DISABLE TRIGGER USER`);
    await runner.query(`DELETE FROM revisions WHERE resource = 'metrics'`);
    await runner.query(`ALTER TABLE revisions ENABLE TRIGGER USER`);
    await runner.query(`DROP TABLE metrics`);
    await runner.query(`DROP FUNCTION metrics_search`);
  }
}
