import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { TestDatabase } from '../support/database';

/** A database object with its kind, name and definition. */
export interface CatalogEntry {
  kind: string;
  name: string;
  definition: string;
}

/** Creates an empty database without migrations on the test server. */
export async function emptyDatabase(): Promise<TestDatabase> {
  const server = process.env['TEST_DATABASE_URL'] ?? '';
  const name = `mdl_test_${randomUUID().replaceAll('-', '')}`;
  await query(server, `CREATE DATABASE ${name} TEMPLATE template0`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => void (await query(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  };
}

/** Reads the definitions of everything that a migration can create in the schema `public`. */
export const readCatalog = (url: string): Promise<CatalogEntry[]> =>
  query<CatalogEntry>(
    url,
    `WITH ours AS (SELECT oid FROM pg_namespace WHERE nspname = 'public')
     SELECT concat('relation ', relkind) AS kind, relname AS name, coalesce(reloptions::text, '') AS definition
       FROM pg_class WHERE relnamespace IN (TABLE ours) AND relkind <> 'i'
     UNION ALL
     SELECT 'column', relname || '.' || attname, concat_ws(' ', attnum, format_type(atttypid, atttypmod),
         attnotnull, attidentity,
         attgenerated, attcollation::regcollation, pg_get_expr(adbin, adrelid))
       FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
       LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
       WHERE relnamespace IN (TABLE ours) AND relkind IN ('r', 'v') AND attnum > 0 AND NOT attisdropped
     UNION ALL
     SELECT 'index', tablename || '.' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
     UNION ALL
     SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
       FROM pg_constraint WHERE connamespace IN (TABLE ours)
     UNION ALL
     SELECT 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
     UNION ALL
     SELECT 'function', proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace IN (TABLE ours)
     UNION ALL
     SELECT 'statistics', stxname, pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxnamespace IN (TABLE ours)
     UNION ALL
     SELECT 'type', typname, typtype::text FROM pg_type WHERE typnamespace IN (TABLE ours) AND typtype IN ('e', 'd')
     ORDER BY kind, name, definition`,
  );

async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
