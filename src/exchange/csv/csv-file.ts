import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { CsvError, type InfoRecord, parse } from 'csv-parse';
import { scanJson } from '../../body/json-scan';
import { pointerStep } from '../../validation/violation';
import { type CatalogueEntry, isObject, type JsonObject, type RefusedEntry, refused } from '../files/catalogue-entry';
import type { Resources } from '../resources';
import { isJsonCell, parseCell } from './csv-cells';
import { type Header, readHeader } from './csv-header';

/** Characters of a row: a document has at most 64 KiB. A quote that is never closed ends there. */
const MAX_ROW = 1_048_576;

/** Unknown columns that a note names. */
const MAX_SHOWN = 50;

/** Parses the text into rows, each with its number. Blank rows count, as in a spreadsheet. */
const OPTIONS = { info: true, relax_column_count: true, max_record_size: MAX_ROW, skip_empty_lines: false } as const;

/**
 * Streams the documents of a CSV file (RFC 4180, UTF-8) in bounded memory. The line of an entry is the number of its
 * row as a spreadsheet shows it; the header is row 1.
 */
export async function* readCsv(path: string, resources: Resources, delimiter: string): AsyncGenerator<CatalogueEntry> {
  const parser = parse({ ...OPTIONS, delimiter });
  // The loop below throws the errors of both.
  pipeline(Readable.from(decoded(path)), parser, () => undefined);
  let row = 0;
  let header: Header | undefined;
  try {
    for await (const { record } of parser as AsyncIterable<{ record: string[]; info: InfoRecord }>) {
      row++;
      if (record.every((cell) => cell === '')) continue;
      if (header) {
        yield documentOf(record, row, header);
        continue;
      }
      const found = readHeader(record, resources);
      if ('code' in found) {
        yield refused({ line: row, pointer: '' }, found.code, found.detail);
        return;
      }
      header = found;
      yield* notesOn(header, row);
    }
  } catch (error) {
    const place = { line: row + 1, pointer: '' };
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      yield refused(place, 'invalid_encoding', 'The text is not valid UTF-8.');
    else if (error instanceof CsvError)
      yield refused(place, 'malformed_csv', `Row ${row + 1} is not valid CSV: ${reasonOf(error)}.`);
    else throw error;
  }
}

/** Decodes UTF-8 strictly and removes a byte order mark. @throws ERR_ENCODING_INVALID_ENCODED_DATA */
async function* decoded(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const bytes of createReadStream(path) as AsyncIterable<Buffer>)
    yield decoder.decode(bytes, { stream: true });
  yield decoder.decode();
}

const REASONS: Partial<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a double quote is not closed',
  CSV_MAX_RECORD_SIZE: 'the row is longer than 1 MiB, or a double quote is not closed',
  CSV_INVALID_CLOSING_QUOTE: 'text follows a closing double quote; a double quote inside a cell is doubled',
  INVALID_OPENING_QUOTE: 'a double quote inside a cell must be doubled, and the cell quoted',
};
const reasonOf = ({ code }: CsvError) => REASONS[code] ?? 'the quotes are wrong';

function* notesOn({ columns }: Header, line: number): Generator<CatalogueEntry> {
  const unknown = columns.flatMap((column) => (column && !column.isKnown ? [column.name] : []));
  if (unknown.length === 0) return;
  const shown = unknown.length > MAX_SHOWN ? [...unknown.slice(0, MAX_SHOWN), '…'] : unknown;
  const detail = `These columns are unknown; their cells are kept in extra: ${shown.join(', ')}.`;
  yield { kind: 'note', line, pointer: '', detail };
}

/** Converts a row. An empty cell is an absent member. */
function documentOf(record: readonly string[], line: number, { definition, columns }: Header): CatalogueEntry {
  const refuse = (code: string, detail: string, path: readonly string[] = []): RefusedEntry =>
    refused({ line, pointer: path.map(pointerStep).join('') }, code, `Row ${line}: ${detail}`);
  if (record.length !== columns.length)
    return refuse('malformed_csv', `it has ${record.length} cells, the first row has ${columns.length}.`);
  const document: JsonObject = {};
  for (const [index, cell] of record.entries()) {
    if (cell === '') continue;
    const column = columns[index];
    if (!column) return refuse('malformed_csv', `cell ${index + 1} has no column name.`);
    const { path, kind, opensSection } = column;
    const [violation] = isJsonCell(cell, kind) ? scanQuietly(cell) : [];
    if (violation) return refuse(violation.code, violation.detail, path);
    if (opensSection && cell === '{}') setMember(document, path.slice(0, -1), {});
    else setMember(document, path, parseCell(cell, kind));
  }
  const [violation] = scanJson(JSON.stringify(document));
  if (violation) return refuse(violation.code, violation.detail);
  const { keyMember, resource } = definition;
  if (typeof document[keyMember] !== 'string' || document[keyMember].trim() === '')
    return refuse('missing_key', `${keyMember} must not be empty.`, [keyMember]);
  return { kind: 'record', form: 'own', resource, line, pointer: '', document };
}

function scanQuietly(cell: string): ReturnType<typeof scanJson> {
  try {
    return scanJson(cell);
  } catch (error) {
    // Not JSON: it stays text, and the validation refuses it.
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function setMember(document: JsonObject, [name = '', ...inner]: readonly string[], value: unknown): void {
  if (inner.length === 0) {
    if (!isObject(value) || !isObject(document[name])) document[name] = value;
    return;
  }
  const section = Object.hasOwn(document, name) ? document[name] : {};
  document[name] = section;
  if (isObject(section)) setMember(section, inner, value);
}
