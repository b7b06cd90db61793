import type { QueryRunner } from 'typeorm';

/** What is searched in the documents of a table: SQL over the columns `key` and `data`. */
export interface DocumentSearch {
  /** The names as `text[]`, the name of the document first. */
  names: string;
  /** Other names as `text[]`. */
  synonyms?: string;
  /** Texts by weight (PostgreSQL manual, 12.3.1), as JSON. Names have weight A and synonyms B. */
  texts: Partial<Record<'B' | 'C' | 'D', string>>;
  /** The statuses of documents that are not in use, which rank lower. */
  retired?: readonly string[];
}

/** SQL for members of a document as one JSON array. */
export const members = (...names: string[]): string =>
  `jsonb_build_array(${names.map((name) => `data -> '${name}'`).join(', ')})`;

/** SQL for a member of a document, a list of texts, as `text[]`. */
export const textsOf = (member: string): string =>
  `ARRAY(SELECT jsonb_array_elements_text(CASE jsonb_typeof(data -> '${member}') WHEN 'array' THEN data -> '${member}' ELSE '[]' END))`;

/**
 * Creates the table `<table>_search` for the documents of a table, and the triggers that keep it current. It is apart
 * from the documents: its small rows let a search with many matches sort and count them fast, and a write that changes
 * no text changes no search index.
 */
export async function createDocumentSearch(runner: QueryRunner, table: string, search: DocumentSearch): Promise<void> {
  await runner.query(`
    CREATE TABLE ${table}_search (
      id bigint CONSTRAINT ${table}_search_pkey PRIMARY KEY,
      live boolean NOT NULL,
      weight real NOT NULL,
      name text COLLATE "C" NOT NULL,
      terms tsvector NOT NULL,
      padding text NOT NULL DEFAULT repeat(' ', 2048)
    ) WITH (toast_tuple_target = 128)`);
  // Outside of the row: a search reads the terms of few of the rows that it finds. PostgreSQL moves them there only from
  // rows above 2 KB, hence the padding, which it compresses to some bytes (PostgreSQL manual, 66.2.1).
  await runner.query(`ALTER TABLE ${table}_search ALTER COLUMN terms SET STORAGE EXTERNAL`);
  await runner.query(termsSql(table, search));
  await runner.query(
    `INSERT INTO ${table}_search (id, live, weight, name, terms) SELECT ${rowSql(table, search, '')} FROM ${table}`,
  );
  // A search reads the list of pending entries completely, and the planner fears a long one.
  await runner.query(
    `CREATE INDEX ${table}_q_idx ON ${table}_search USING gin (terms) WITH (gin_pending_list_limit = 512)`,
  );
  await runner.query(triggerSql(table, search));
  await runner.query(`
    CREATE TRIGGER ${table}_search AFTER INSERT OR UPDATE OF id, key, data, ${search.retired ? 'status, ' : ''}deleted_at
    OR DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}_search()`);
  await runner.query(`
    CREATE TRIGGER ${table}_search_truncate AFTER TRUNCATE ON ${table}
    FOR EACH STATEMENT EXECUTE FUNCTION ${table}_search()`);
}

/** Undoes `createDocumentSearch`. */
export async function dropDocumentSearch(runner: QueryRunner, table: string): Promise<void> {
  await runner.query(`DROP TRIGGER IF EXISTS ${table}_search ON ${table}`);
  await runner.query(`DROP TRIGGER IF EXISTS ${table}_search_truncate ON ${table}`);
  await runner.query(`DROP FUNCTION ${table}_search, ${table}_terms`);
  await runner.query(`DROP TABLE ${table}_search`);
}

function termsSql(table: string, { names, synonyms = `'{}'::text[]`, texts }: DocumentSearch): string {
  const vectors = [
    `setweight(to_tsvector('english', search_name_words(concat_ws(' ', key, array_to_string(names, ' ')))), 'A')`,
    `search_vector(concat_ws(' ', array_to_string(synonyms, ' '), search_strings(${texts.B ?? `'""'`})), 'B')`,
    ...(['C', 'D'] as const).flatMap((weight) =>
      texts[weight] ? [`search_vector(coalesce(search_strings(${texts[weight]}), ''), '${weight}')`] : [],
    ),
    'search_names(key, names, synonyms)',
  ];
  return `
    CREATE FUNCTION ${table}_terms(key text, data jsonb) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    DECLARE
      names text[] := ${names};
      synonyms text[] := ${synonyms};
    BEGIN
      RETURN ${vectors.join(' ||\n        ')};
    END $$`;
}

/** SQL for the rank of a row by its name. */
const weightSql = ({ retired }: DocumentSearch, row: '' | 'NEW.') =>
  `search_weight(${row}data ->> 'name', ${retired ? `${row}status IN (${retired.map((status) => `'${status}'`).join(', ')})` : 'false'})`;

/** SQL for the columns of `<table>_search`. */
const rowSql = (table: string, search: DocumentSearch, row: '' | 'NEW.') =>
  `${row}id, ${row}deleted_at IS NULL, ${weightSql(search, row)}, left(trim(search_fold(${row}data ->> 'name')), 64), ${table}_terms(${row}key, ${row}data)`;

/** The function of the trigger. Terms are costly, so they are made of changed texts only. */
function triggerSql(table: string, search: DocumentSearch): string {
  const { names, synonyms, texts } = search;
  const weight = weightSql(search, 'NEW.');
  const searched = [names, ...(synonyms ? [synonyms] : []), ...Object.values(texts)];
  // Any session has its own search path, a restore an empty one.
  return `
    CREATE FUNCTION ${table}_search() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
    BEGIN
      IF TG_OP = 'TRUNCATE' THEN
        TRUNCATE ${table}_search;
      ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM ${table}_search WHERE id = OLD.id;
      ELSIF TG_OP = 'UPDATE' AND (OLD.id, OLD.key) = (NEW.id, NEW.key) AND (OLD.data = NEW.data OR 1 = (
        SELECT count(DISTINCT jsonb_build_array(${searched.join(', ')}))
        FROM (VALUES (OLD.data), (NEW.data)) AS version (data))) THEN
        UPDATE ${table}_search AS stored SET live = NEW.deleted_at IS NULL, weight = ${weight}
        WHERE id = NEW.id AND (stored.live, stored.weight) IS DISTINCT FROM (NEW.deleted_at IS NULL, ${weight});
      ELSE
        INSERT INTO ${table}_search (id, live, weight, name, terms) VALUES (${rowSql(table, search, 'NEW.')})
        ON CONFLICT (id) DO UPDATE SET live = excluded.live, weight = excluded.weight, name = excluded.name,
          terms = excluded.terms;
      END IF;
      RETURN NULL;
    END $$`;
}
