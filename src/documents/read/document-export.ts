import { pipeline, Transform } from 'node:stream';
import { Logger, StreamableFile } from '@nestjs/common';
import { NDJSON_TYPE } from '../../body/media-types';
import type { Database } from '../../database/database';
import { Problem } from '../../problems/problem';
import type { DocumentDefinition } from '../definition/document-definition';
import { DocumentSerializer, type TextRow } from './document-serializer';
import type { ListQuery } from '../query/list-query';
import { exportStatement } from './list-statement';

const logger = new Logger('Export');

/** An export in progress. Its last line, `{"count":n}`, confirms that it is complete. */
export class DocumentExport extends StreamableFile {
  hasCount = true;

  /** Called once, before the first byte, with the number of things that the format cannot express. */
  onLosses: (count: number) => void = () => undefined;
}

/**
 * Streams every matching document as NDJSON, from one snapshot and ordered by key.
 *
 * @throws Problem 503 `overloaded` when the maximum number of exports is running
 */
export function exportDocuments(database: Database, definition: DocumentDefinition, query: ListQuery): DocumentExport {
  // Stored members only: no counts.
  const serializer = new DocumentSerializer(definition);
  const { sql, parameters } = exportStatement(definition, query, serializer.columns());
  const rows = database.stream<TextRow>(sql, parameters);
  let count = 0;
  const lines = new Transform({
    writableObjectMode: true,
    writableHighWaterMark: 1,
    transform(batch: TextRow[], _, done) {
      count += batch.length;
      done(null, `${batch.map((row) => serializer.json(row)).join('\n')}\n`);
    },
    flush: (done) => done(null, file.hasCount ? `{"count":${count}}\n` : undefined),
    // An export has ended when its connection is free.
    destroy(error, done) {
      if (rows.closed) done(error);
      else rows.once('close', () => done(error)).destroy();
    },
  });
  const file = new DocumentExport(lines, { type: NDJSON_TYPE });
  // `pipeline` destroys both streams when one ends early. Fastify responds to an error before the first line, and closes
  // the connection after it.
  pipeline(rows, lines, (error) => {
    const isStopped = error instanceof Problem || error?.code === 'ERR_STREAM_PREMATURE_CLOSE';
    if (error && count > 0 && !isStopped) logger.warn({ err: error }, 'Export failed');
  });
  return file;
}
