import { createReadStream } from 'node:fs';
import { isObject, refused, type CatalogueEntry } from './catalogue-entry';
import { entryOf } from './catalogue-documents';
import { resourceOf } from './document-kind';
import { parseJson } from './json-text';
import { decodeUtf8, UnreadableText, type ParsedText } from './parsed-text';

const NEWLINE = 0x0a;

/** One line of a file, without its newline. */
export interface FileLine {
  number: number;
  bytes: Buffer;
}

/** The lines of a file, one at a time, as bytes: decoding is strict and belongs to whoever reports the line. */
export async function* linesOf(path: string): AsyncGenerator<FileLine> {
  let number = 1;
  let pending: Buffer[] = [];
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield { number: number++, bytes: Buffer.concat([...pending, chunk.subarray(start, end)]) };
      pending = [];
      start = end + 1;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
  if (pending.length > 0) yield { number, bytes: Buffer.concat(pending) };
}

/**
 * The documents of an NDJSON file, streamed. A line `{"count":N}` closes an export and is compared with the
 * documents since the last such line, so that exports put one after the other are checked each.
 */
export async function* readNdjson(path: string): AsyncGenerator<CatalogueEntry> {
  let documents = 0;
  for await (const { number, bytes } of linesOf(path)) {
    const parsed = parseLine(bytes, number);
    if (!parsed) continue;
    if (parsed instanceof UnreadableText) {
      documents++;
      yield refused({ line: number, pointer: '' }, parsed.code, parsed.message);
      continue;
    }
    const expected = exportedCount(parsed.value);
    if (expected === undefined) {
      documents++;
      yield entryOf(parsed, parsed.value, '');
      continue;
    }
    if (expected !== documents) {
      const detail = `the export says ${expected} documents, the file has ${documents}`;
      yield refused({ line: number, pointer: '/count' }, 'truncated', detail);
    }
    documents = 0;
  }
}

/** Undefined for a blank line. */
function parseLine(bytes: Buffer, number: number): ParsedText | UnreadableText | undefined {
  try {
    const text = decodeUtf8(bytes, number);
    return text.trim() === '' ? undefined : parseJson(text, number);
  } catch (error) {
    if (error instanceof UnreadableText) return error;
    throw error;
  }
}

/** The number in the last line of an export. */
function exportedCount(value: unknown): number | undefined {
  if (!isObject(value) || resourceOf(value) !== undefined) return undefined;
  const count = value['count'];
  return Number.isSafeInteger(count) ? (count as number) : undefined;
}
