import type { MigrationInterface, QueryRunner } from 'typeorm';
import { members, textsOf } from '../../../migrations/document-search.ts';
import { createDocumentTable, type DocumentTable, dropDocumentTable } from '../../../migrations/document-table.ts';

const table: DocumentTable = {
  name: 'terms',
  keyMember: 'term_id',
  fields: {
    name: { sql: `(lower(data ->> 'name') COLLATE "C")`, sortable: true },
    owner: { sql: `(coalesce(data ->> 'owner', '') COLLATE "C")`, match: 'equals', sortable: true },
    synonyms: { sql: `(data -> 'synonyms')`, match: 'contains' },
  },
  search: {
    names: `ARRAY[data ->> 'name']`,
    synonyms: textsOf('synonyms'),
    texts: { C: members('description', 'owner') },
  },
};

export class CreateTerms1800000000000 implements MigrationInterface {
  name = 'CreateTerms1800000000000';

  async up(runner: QueryRunner): Promise<void> {
    await createDocumentTable(runner, table);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropDocumentTable(runner, table);
  }
}
