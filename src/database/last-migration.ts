import type { Database } from './database';

/** SQLSTATE undefined_table: no migration has been applied. */
const UNDEFINED_TABLE = '42P01';

/** The name of the last migration that was applied; undefined where there is none. */
export async function lastMigration(database: Database): Promise<string | undefined> {
  try {
    const [last] = await database.query<{ name: string }>('SELECT name FROM migrations ORDER BY id DESC LIMIT 1');
    return last?.name;
  } catch (error) {
    if ((error as { code?: string }).code === UNDEFINED_TABLE) return undefined;
    throw error;
  }
}
