import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createDocumentSearch, type DocumentSearch, dropDocumentSearch, members, textsOf } from './document-search.ts';
import { SEARCH_FUNCTIONS } from './search-functions.ts';

const SEARCHES: Record<string, DocumentSearch> = {
  domains: {
    names: `ARRAY[data ->> 'name']`,
    texts: { B: members('tags', 'key_areas'), C: members('description', 'owner_team', 'parent', 'contact_email') },
    retired: ['deprecated'],
  },
  metrics: {
    names: `ARRAY[data ->> 'name', data ->> 'short_name']`,
    synonyms: textsOf('synonyms'),
    texts: {
      B: members('tags'),
      C: members('description', 'owner', 'business_domain', 'category', 'unit', 'contacts', 'alignment'),
      D: members('formula', 'data', 'dimensions'),
    },
    retired: ['deprecated', 'archived'],
  },
  objectives: {
    names: `ARRAY[data ->> 'name']`,
    synonyms: `ARRAY(SELECT left(jsonb_path_query(data, '$.key_results[*].name') #>> '{}', 500))`,
    texts: {
      C: members('description', 'strategic_pillar', 'owner_team', 'domain_id'),
      D: `jsonb_path_query_array(data, '$.key_results[*].description')`,
    },
    retired: ['cancelled'],
  },
};

/** The member that filters compare regardless of case, by table. */
const OWNERS = { domains: 'owner_team', metrics: 'owner', objectives: 'owner_team' };

/** Creates the index of an owner in the default order. */
const ownerIndex = (table: string, owner: string, sql: string) =>
  `CREATE INDEX ${table}_${owner}_newest_idx ON ${table} ((${sql} COLLATE "C"), updated_at, id)`;

/** The search vector before this migration, as the triggers of the tables computed it. */
const FORMER: Record<string, string> = {
  domains: `
    setweight(to_tsvector('english', concat_ws(' ', key, translate(key, '._-', '   '), data ->> 'name')), 'A') ||
    setweight(jsonb_to_tsvector('english', jsonb_build_array(data -> 'tags', data -> 'key_areas'), '["string"]'), 'B') ||
    setweight(to_tsvector('english', coalesce(data ->> 'description', '')), 'C')`,
  metrics: `
    setweight(to_tsvector('english', concat_ws(' ', key, translate(key, '._-', '   '), data ->> 'name', translate(data ->> 'name', '._-', '   '), data ->> 'short_name')), 'A') ||
    setweight(jsonb_to_tsvector('english', jsonb_build_array(data -> 'synonyms', data -> 'tags'), '["string"]'), 'B') ||
    setweight(to_tsvector('english', coalesce(data ->> 'description', '')), 'C') ||
    setweight(jsonb_to_tsvector('english', coalesce(data -> 'formula', '{}'), '["string"]'), 'D')`,
  objectives: `
    setweight(to_tsvector('english', concat_ws(' ', key, translate(key, '._-', '   '), data ->> 'name')), 'A') ||
    setweight(jsonb_to_tsvector('english', jsonb_path_query_array(data, '$.key_results[*].name'), '["string"]'), 'B') ||
    setweight(to_tsvector('english', concat_ws(' ', data ->> 'description', data ->> 'strategic_pillar')), 'C')`,
};

/** Search by names in any form, by beginnings of words and despite typing errors (docs/search.md). */
export class Search1795219212000 implements MigrationInterface {
  name = 'Search1795219212000';

  async up(runner: QueryRunner): Promise<void> {
    for (const create of Object.values(SEARCH_FUNCTIONS)) await runner.query(create);
    for (const [table, search] of Object.entries(SEARCHES)) {
      await runner.query(`DROP TRIGGER ${table}_search ON ${table}`);
      await runner.query(`DROP FUNCTION ${table}_search`);
      await runner.query(`ALTER TABLE ${table} DROP COLUMN search`);
      await createDocumentSearch(runner, table, search);
      await runner.query(`CREATE INDEX ${table}_extra_idx ON ${table} USING gin ((data -> 'extra') jsonb_path_ops)`);
    }
    for (const [table, owner] of Object.entries(OWNERS)) {
      await runner.query(`DROP INDEX ${table}_${owner}_newest_idx`);
      await runner.query(ownerIndex(table, owner, `lower(coalesce(data ->> '${owner}', '') COLLATE pg_c_utf8)`));
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, owner] of Object.entries(OWNERS)) {
      await runner.query(`DROP INDEX ${table}_${owner}_newest_idx, ${table}_extra_idx`);
      await runner.query(ownerIndex(table, owner, `coalesce(data ->> '${owner}', '')`));
    }
    for (const [table, former] of Object.entries(FORMER).reverse()) {
      await dropDocumentSearch(runner, table);
      await runner.query(`ALTER TABLE ${table} ADD COLUMN search tsvector`);
      await runner.query(
        `ALTER TABLE ${table} ALTER COLUMN search TYPE tsvector USING ${former}, ALTER COLUMN search SET NOT NULL`,
      );
      await runner.query(`
        CREATE FUNCTION ${table}_search() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          NEW.search := ${former.replace(/(?<![>'_])\b(key|data)\b(?!_)/g, 'NEW.$1')};
          RETURN NEW;
        END $$`);
      await runner.query(
        `CREATE TRIGGER ${table}_search BEFORE INSERT OR UPDATE OF key, data ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}_search()`,
      );
      await runner.query(`CREATE INDEX ${table}_q_idx ON ${table} USING gin (search)`);
    }
    for (const signature of Object.keys(SEARCH_FUNCTIONS).reverse()) await runner.query(`DROP FUNCTION ${signature}`);
  }
}
