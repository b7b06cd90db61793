import { pipeline, Transform } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import type { Database } from '../../database/database';
import { parseQuery, type QueryParser } from '../../routing/query-parameters';
import type { DocumentDefinition } from '../definition/document-definition';
import { DocumentView, type TextRow } from './document-view';
import { filterParameters } from '../query/filters';
import { type ListQuery, readListQuery } from '../query/list-query';
import { exportStatement } from './list-statement';

/** The query parser of an export: the filters of a list, without its paging. */
export const exportQuery = (definition: DocumentDefinition): QueryParser<ListQuery> => {
  const known = [...filterParameters(definition.fields).map(({ parameter }) => parameter), 'include_deleted'];
  return {
    parse: (query) =>
      readListQuery(
        definition,
        parseQuery(query, known, (parameters) => parameters),
      ),
  };
};

/**
 * Every document of a query as NDJSON, streamed from one snapshot in the order of keys. The last line, `{"count":n}`,
 * tells a whole export from a cut one.
 *
 * @throws Problem 503 `overloaded` when as many exports are running as may
 */
export function exportDocuments(database: Database, definition: DocumentDefinition, query: ListQuery): StreamableFile {
  // What is stored, without what is computed on read.
  const view = new DocumentView(definition);
  const { sql, parameters } = exportStatement(definition, query, view.columns());
  let count = 0;
  const lines = new Transform({
    writableObjectMode: true,
    writableHighWaterMark: 1,
    transform(rows: TextRow[], _, done) {
      count += rows.length;
      done(null, `${rows.map((row) => view.json(row)).join('\n')}\n`);
    },
    flush: (done) => done(null, `{"count":${count}}\n`),
  });
  // Fastify hears of a failure from the stream it sends, and either end takes the other with it.
  pipeline(database.stream<TextRow>(sql, parameters), lines, () => undefined);
  return new StreamableFile(lines, { type: 'application/x-ndjson' });
}
