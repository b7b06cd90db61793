import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['domains', 'metrics', 'objectives'];

/** Unresolved references are found by their key in any case. */
export class IndexUnresolvedReferences1795219210000 implements MigrationInterface {
  name = 'IndexUnresolvedReferences1795219210000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION lower_all(words text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
      RETURN ARRAY(SELECT lower(word) FROM unnest(words) AS word)`);
    await this.index(runner, 'lower_all(unresolved_refs)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await this.index(runner, 'unresolved_refs');
    await runner.query(`DROP FUNCTION lower_all`);
  }

  private async index(runner: QueryRunner, sql: string): Promise<void> {
    for (const table of TABLES) {
      await runner.query(`DROP INDEX ${table}_unresolved_idx`);
      await runner.query(
        `CREATE INDEX ${table}_unresolved_idx ON ${table} USING gin (${sql}) WHERE unresolved_refs <> '{}'`,
      );
    }
  }
}
