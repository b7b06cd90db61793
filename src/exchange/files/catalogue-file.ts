import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Resources } from '../resources';
import { documentsOf, isContainer } from './catalogue-documents';
import { type CatalogueEntry, isObject, refused } from './catalogue-entry';
import {
  type CatalogueFormat,
  describeUnreadable,
  type FileReader,
  formatOf,
  streamReaderOf,
} from './catalogue-format';
import { findSyntaxError, parseJsonFile } from './json-text';
import { readNdjson } from './ndjson-file';
import { decodeUtf8, type ParsedText, UnreadableText } from './parsed-text';
import { parseYaml } from './yaml-text';

/** A function reads the file itself. */
type FileFormat = 'ndjson' | 'json' | 'yaml' | FileReader;

/** A JSON file or YAML document in a format of other software. */
export interface ForeignPart {
  kind: 'part';
  format: CatalogueFormat;
  parsed: ParsedText;
}

/**
 * Reads a catalogue file: NDJSON (an export, or one document per line), CSV, a JSON array, `{"items":[…]}`, a single
 * document, or a JSON or YAML catalogue of the first MDL. A document that cannot be read is returned as a refusal with
 * its line; the others are read. Parts in one of the `formats` are returned as they are.
 * @throws the error of node:fs if the file cannot be opened
 */
export async function* readCatalogueFile(
  path: string,
  resources: Resources,
  formats: readonly CatalogueFormat[] = [],
): AsyncGenerator<CatalogueEntry | ForeignPart> {
  const format = await detectFormat(path, resources, formats);
  if (format === 'ndjson') yield* readNdjson(path, resources);
  else if (typeof format === 'function') yield* format(path, resources);
  else yield* readWhole(path, format, resources, formats);
}

async function* readWhole(
  path: string,
  format: 'json' | 'yaml',
  resources: Resources,
  formats: readonly CatalogueFormat[],
): AsyncGenerator<CatalogueEntry | ForeignPart> {
  const whole = { line: 1, pointer: '' };
  try {
    const text = decodeUtf8(await readFile(path), 1);
    const parsed = format === 'json' ? [parseJsonFile(text)] : parseYaml(text);
    // Projects have files with comments only, which must not stop the import of a folder.
    if (parsed.length === 0) yield { kind: 'note', ...whole, detail: 'The file has no document.' };
    for (const part of parsed) {
      const foreign = formatOf(formats, part.value);
      const other = foreign ? undefined : describeUnreadable(formats, part.value);
      if (foreign) yield { kind: 'part', format: foreign, parsed: part };
      else if (other !== undefined)
        yield refused({ line: part.lineOf(''), pointer: '' }, 'unsupported_document', `This is ${other}.`);
      else yield* documentsOf(part, resources);
    }
  } catch (error) {
    if (error instanceof UnreadableText) yield refused({ ...whole, line: error.line }, error.code, error.message);
    // The parsers are recursive: some thousand levels exhaust the stack.
    else if (error instanceof RangeError) yield refused(whole, 'too_deep', 'The file is nested too deeply.');
    else throw error;
  }
}

/**
 * Detects the format by content, because the extension may be wrong: NDJSON is often named .json. Only three cases need
 * the extension: NDJSON with an invalid first line, YAML that starts with a brace, and CSV without the column of a key.
 */
async function detectFormat(
  path: string,
  resources: Resources,
  formats: readonly CatalogueFormat[],
): Promise<FileFormat> {
  const extension = extname(path).toLowerCase();
  const first = await firstLine(path);
  // In YAML an empty text is a stream without documents.
  if (first === undefined) return 'yaml';
  const stream = streamReaderOf(formats, first, resources);
  if (stream) return stream;
  if (extension === '.ndjson' || extension === '.jsonl') return 'ndjson';
  if (extension === '.yaml' || extension === '.yml') return 'yaml';
  if (first.startsWith('[')) return 'json';
  if (first.startsWith('{')) return isWholeDocument(first, resources, formats) ? 'ndjson' : 'json';
  return streamReaderOf(formats, first, resources, extension) ?? 'yaml';
}

/** Characters of a first line: a longer one is no document, but a JSON file without line breaks. */
const MAX_FIRST_LINE = 1_048_576;

/** The first line that is not blank, trimmed, without a byte order mark; the beginning of a very long one. */
async function firstLine(path: string): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let start = '';
  for await (const bytes of createReadStream(path) as AsyncIterable<Buffer>) {
    start = (start + decoder.decode(bytes, { stream: true })).trimStart();
    if (start.includes('\n') || start.length > MAX_FIRST_LINE) break;
  }
  return start.split('\n', 1)[0]?.trim() || undefined;
}

/** Whether a line is one document, valid or not. A container or a format of other software in one line is a JSON file. */
function isWholeDocument(line: string, resources: Resources, formats: readonly CatalogueFormat[]): boolean {
  if (!line.endsWith('}')) return false;
  try {
    const value = JSON.parse(line) as unknown;
    if (formatOf(formats, value) || describeUnreadable(formats, value) !== undefined) return false;
    return isObject(value) && !isContainer(value, resources);
  } catch {
    // An error before the end is a mistake in the line. An error at the end means that the value continues below.
    const mistake = findSyntaxError(line);
    return mistake !== undefined && mistake.offset < line.length;
  }
}
