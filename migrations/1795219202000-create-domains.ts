import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Business domains, a tree. */
export class CreateDomains1795219202000 implements MigrationInterface {
  name = 'CreateDomains1795219202000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE domains (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT domains_pkey PRIMARY KEY,
        key text COLLATE "C" NOT NULL CONSTRAINT domains_key_check CHECK (key ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'),
        data jsonb NOT NULL CONSTRAINT domains_data_check CHECK (jsonb_typeof(data -> 'name') = 'string'),
        version integer NOT NULL DEFAULT 1,
        status text NOT NULL DEFAULT 'active' CONSTRAINT domains_status_check CHECK (status IN ('active', 'deprecated')),
        parent_id bigint CONSTRAINT domains_parent_id_fkey REFERENCES domains (id) ON DELETE RESTRICT,
        unresolved_refs text[] NOT NULL DEFAULT '{}',
        search tsvector NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        deleted_at timestamptz(3)
      )`);
    await runner.query(`
      CREATE FUNCTION domains_search() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.search :=
          setweight(to_tsvector('english', concat_ws(' ', NEW.key, translate(NEW.key, '._-', '   '), NEW.data ->> 'name')), 'A') ||
          setweight(jsonb_to_tsvector('english', jsonb_build_array(NEW.data -> 'tags', NEW.data -> 'key_areas'), '["string"]'), 'B') ||
          setweight(to_tsvector('english', coalesce(NEW.data ->> 'description', '')), 'C');
        RETURN NEW;
      END $$`);
    await runner.query(
      `CREATE TRIGGER domains_search BEFORE INSERT OR UPDATE OF key, data ON domains FOR EACH ROW EXECUTE FUNCTION domains_search()`,
    );

    for (const index of [
      // What only filters carries the default order behind it, so that a filtered page is read and not sorted; what also
      // sorts has an index for each (`newest`). `deleted_at` is included where that lets an index alone give the count.
      // Keys are unique without regard to case, deleted rows included.
      `CREATE UNIQUE INDEX domains_domain_id_idx ON domains (lower(key))`,
      `CREATE INDEX domains_name_idx ON domains ((lower(data ->> 'name') COLLATE "C"), id)`,
      `CREATE INDEX domains_status_idx ON domains (status, updated_at, id) INCLUDE (deleted_at)`,
      `CREATE INDEX domains_parent_idx ON domains ((coalesce(data ->> 'parent', '') COLLATE "C"), id)`,
      `CREATE INDEX domains_parent_newest_idx ON domains ((coalesce(data ->> 'parent', '') COLLATE "C"), updated_at, id)`,
      `CREATE INDEX domains_owner_team_idx ON domains ((coalesce(data ->> 'owner_team', '') COLLATE "C"), id)`,
      `CREATE INDEX domains_owner_team_newest_idx ON domains ((coalesce(data ->> 'owner_team', '') COLLATE "C"), updated_at, id)`,
      `CREATE INDEX domains_tags_idx ON domains USING gin ((data -> 'tags'))`,
      `CREATE INDEX domains_q_idx ON domains USING gin (search)`,
      `CREATE INDEX domains_created_at_idx ON domains (created_at, id) INCLUDE (deleted_at)`,
      `CREATE INDEX domains_updated_at_idx ON domains (updated_at, id)`,
      // The default list and its count.
      `CREATE INDEX domains_live_idx ON domains (updated_at, id) WHERE deleted_at IS NULL`,
      `CREATE INDEX domains_unresolved_idx ON domains USING gin (unresolved_refs) WHERE unresolved_refs <> '{}'`,
      `CREATE INDEX domains_parent_id_idx ON domains (parent_id) WHERE deleted_at IS NULL`,
    ]) {
      await runner.query(index);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    // History goes with the documents, or it would speak of other ones that get their numbers again.
    await runner.query(`ALTER TABLE revisions DISABLE TRIGGER USER`);
    await runner.query(`DELETE FROM revisions WHERE resource = 'domains'`);
    await runner.query(`ALTER TABLE revisions ENABLE TRIGGER USER`);
    await runner.query(`DROP TABLE domains`);
    await runner.query(`DROP FUNCTION domains_search`);
  }
}
