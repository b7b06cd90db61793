import { once } from 'node:events';
import { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import { JSON_TYPE } from '../../body/media-types';
import type { Database } from '../../database/database';
import { Problem } from '../../problems/problem';
import { EXPORT_FORMATS, type ExportOptions } from '../definition/export-format';
import { DocumentExport } from './document-export';
import type { TextRow } from './document-serializer';
import type { ExportContext, ExportFormat } from './export-formats';
import { ExportLosses } from './export-losses';
import type { Statement } from './list-statement';

const logger = new Logger('Export');

/** Characters per chunk: smaller ones cost more to compress and send than to write. */
const CHUNK = 16_384;

/**
 * Streams documents in another format, in bounded memory and from one snapshot.
 *
 * The header `X-Export-Losses` precedes the body, so the documents are read twice: first to count what the format
 * cannot express, then to write it. Both passes are cursors of one transaction and run the same code, so the header is
 * right whatever is written meanwhile. The first pass makes no text: for Ossie it takes 7 µs of CPU a metric, the second
 * one 100. A trailer field (RFC 9110, 6.5) would save the first pass, but `fetch` and most proxies drop trailers; SQL
 * that counts would be a second description of each format. A lossless format is read once.
 *
 * @param read parses a row
 * @throws Problem 503 `overloaded` when the maximum number of exports is running
 */
export function exportInFormat(
  database: Database,
  { sql, parameters }: Statement,
  format: ExportFormat,
  read: (row: TextRow) => Record<string, unknown>,
  { context, losses: reportsLosses }: { context: ExportContext } & Pick<ExportOptions, 'losses'>,
): DocumentExport {
  const rows = database.stream<TextRow>(sql, parameters, format.isLossless || reportsLosses ? 1 : 2);
  const batches = rows[Symbol.asyncIterator]() as AsyncIterator<TextRow[]>;
  const write = (lose: ExportLosses['lose'], countsOnly: boolean) =>
    format.write(documentsOf(batches, read), lose, { ...context, countsOnly });
  let hasStarted = false;
  async function* text(): AsyncGenerator<string> {
    try {
      const losses = new ExportLosses();
      if (!format.isLossless) for await (const piece of write(losses.lose, true)) hasStarted ||= piece !== '';
      file.onLosses(losses.total);
      if (reportsLosses) yield losses.toJson(format.name);
      else yield* inChunks(write(() => undefined, false));
    } finally {
      // An export has ended when its connection is free.
      rows.destroy();
      if (!rows.closed) await once(rows, 'close');
    }
  }
  const stream = Readable.from(text(), { objectMode: false }).once('error', (error: NodeJS.ErrnoException) => {
    const isStopped = error instanceof Problem || error.code === 'ERR_STREAM_PREMATURE_CLOSE';
    if (hasStarted && !isStopped) logger.warn({ err: error }, 'Export failed');
  });
  const file = new DocumentExport(stream, { type: reportsLosses ? JSON_TYPE : EXPORT_FORMATS[format.name] });
  return file;
}

/** The documents of one pass. */
async function* documentsOf<Document>(
  batches: AsyncIterator<TextRow[]>,
  read: (row: TextRow) => Document,
): AsyncGenerator<Document> {
  for (;;) {
    const batch = await batches.next();
    if (batch.done || batch.value.length === 0) return;
    for (const row of batch.value) yield read(row);
  }
}

async function* inChunks(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = '';
  for await (const text of texts) {
    chunk += text;
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
