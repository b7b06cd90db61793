import { stringify } from 'csv-stringify/sync';
import type { ExportContext, ExportFormat, Lose } from '../../documents/read/export-formats';
import { isObject, type JsonObject } from '../files/catalogue-entry';
import { formatCell } from './csv-cells';
import { columnsOf, type CsvColumn } from './csv-columns';

/** Rows that are formatted together. */
const BATCH = 100;

/** RFC 4180. Lone line breaks and outer spaces are quoted too, because readers treat them differently. */
const SYNTAX = { record_delimiter: '\r\n', quoted_match: [/[\r\n]/, /^\s|\s$/] };

/** Exports as CSV: one row a document, one column a member of the schema. Every document fits. */
export const csvExport: ExportFormat = { name: 'csv', isLossless: true, write: writeCsv };

/** Writes documents as CSV. The header has all columns of the resource, whether used or not. */
export async function* writeCsv(
  documents: AsyncIterable<JsonObject>,
  _lose: Lose,
  { definition, bom = false }: ExportContext,
): AsyncGenerator<string> {
  const columns = columnsOf(definition);
  yield stringify([columns.map(({ name }) => name)], { ...SYNTAX, bom });
  let rows: string[][] = [];
  for await (const document of documents) {
    rows.push(columns.map((column) => cellOf(document, column)));
    if (rows.length < BATCH) continue;
    yield stringify(rows, SYNTAX);
    rows = [];
  }
  if (rows.length > 0) yield stringify(rows, SYNTAX);
}

function cellOf(document: JsonObject, { path, kind, opensSection }: CsvColumn): string {
  const section = path
    .slice(0, -1)
    .reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), document);
  if (!isObject(section)) return '';
  if (opensSection && Object.keys(section).length === 0) return '{}';
  return formatCell(section[path.at(-1) ?? ''], kind);
}
