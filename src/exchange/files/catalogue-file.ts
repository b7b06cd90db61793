import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { isObject, refused, type CatalogueEntry } from './catalogue-entry';
import { documentsOf, isContainer } from './catalogue-documents';
import { parseJson } from './json-text';
import { linesOf, readNdjson } from './ndjson-file';
import { decodeUtf8, UnreadableText } from './parsed-text';
import { parseYaml } from './yaml-text';

type FileFormat = 'ndjson' | 'json' | 'yaml';

/**
 * Reads a catalogue file: NDJSON (an export, or one document a line), a JSON array, `{"items":[…]}` or single
 * document, or a JSON or YAML catalogue of the first MDL. What can't be read comes as a refusal with its line
 * and does not stop the rest.
 * @throws the error of node:fs where the file can't be opened
 */
export async function* readCatalogueFile(path: string): AsyncGenerator<CatalogueEntry> {
  const format = await formatOf(path);
  if (format === 'ndjson') yield* readNdjson(path);
  else yield* readWhole(path, format);
}

async function* readWhole(path: string, format: 'json' | 'yaml'): AsyncGenerator<CatalogueEntry> {
  try {
    const text = decodeUtf8(await readFile(path), 1);
    const parsed = format === 'json' ? [parseJson(text)] : parseYaml(text);
    if (parsed.length === 0) yield refused({ line: 1, pointer: '' }, 'empty_file', 'the file holds no document');
    for (const part of parsed) yield* documentsOf(part);
  } catch (error) {
    if (!(error instanceof UnreadableText)) throw error;
    yield refused({ line: error.line, pointer: '' }, error.code, error.message);
  }
}

/**
 * By content, because names lie (much NDJSON is called .json). Only two cases need the name: NDJSON whose first
 * line is broken, and YAML that starts with a brace.
 */
async function formatOf(path: string): Promise<FileFormat> {
  const extension = extname(path).toLowerCase();
  const first = await firstLine(path);
  if (first === undefined) return 'yaml'; // where nothing at all is a text without documents
  if (extension === '.ndjson' || extension === '.jsonl') return 'ndjson';
  if (extension === '.yaml' || extension === '.yml') return 'yaml';
  if (first.startsWith('[')) return 'json';
  if (!first.startsWith('{')) return 'yaml';
  return isWholeDocument(first) ? 'ndjson' : 'json';
}

/** The first line that is not blank, trimmed (which takes a BOM away too). */
async function firstLine(path: string): Promise<string | undefined> {
  for await (const { bytes } of linesOf(path)) {
    const text = bytes.toString('utf8').trim();
    if (text !== '') return text;
  }
  return undefined;
}

/** A line from brace to brace is meant to be a document, even where it is broken; a container on one line is not. */
function isWholeDocument(line: string): boolean {
  if (!line.endsWith('}')) return false;
  try {
    const value = JSON.parse(line) as unknown;
    return isObject(value) && !isContainer(value);
  } catch (error) {
    // An error before the end is a mistake in the line; one at the end means that the value goes on below.
    const at = /at position (\d+)/.exec((error as SyntaxError).message)?.[1];
    return at !== undefined && Number(at) < line.length;
  }
}
