import { createReadStream } from 'node:fs';
import type { Resources } from '../resources';
import { entryOf } from './catalogue-documents';
import { type CatalogueEntry, isObject, refused } from './catalogue-entry';
import { resourceOf } from './document-kind';
import { parseJsonLine } from './json-text';
import { decodeUtf8, type ParsedText, UnreadableText } from './parsed-text';

const NEWLINE = 0x0a;

/** One line of a file, without its newline. */
export interface FileLine {
  number: number;
  bytes: Buffer;
}

/** Streams the lines of a file as bytes. They are decoded strictly later, one by one. */
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
 * Streams the documents of an NDJSON file. A line `{"count":N}` ends an export. N is compared with the number of
 * documents since the previous such line, so a file may contain several exports.
 */
export async function* readNdjson(path: string, resources: Resources): AsyncGenerator<CatalogueEntry> {
  let documents = 0;
  for await (const { number, bytes } of linesOf(path)) {
    const parsed = parseLine(bytes, number);
    if (!parsed) continue;
    if (parsed instanceof UnreadableText) {
      documents++;
      yield refused({ line: number, pointer: '' }, parsed.code, parsed.message);
      continue;
    }
    const expected = exportedCount(parsed.value, resources);
    if (expected === undefined) {
      documents++;
      yield entryOf(parsed, resources, parsed.value, '');
      continue;
    }
    if (expected !== documents) {
      const detail = `The export has ${expected} documents, the file has ${documents}.`;
      yield refused({ line: number, pointer: '/count' }, 'truncated', detail);
    }
    documents = 0;
  }
}

/** Undefined for a blank line. */
function parseLine(bytes: Buffer, number: number): ParsedText | UnreadableText | undefined {
  try {
    const text = decodeUtf8(bytes, number);
    return text.trim() === '' ? undefined : parseJsonLine(text, number);
  } catch (error) {
    if (error instanceof UnreadableText) return error;
    throw error;
  }
}

/** The number in the last line of an export. */
function exportedCount(value: unknown, resources: Resources): number | undefined {
  if (!isObject(value) || resourceOf(value, resources) !== undefined) return undefined;
  const count = value['count'];
  return typeof count === 'number' && Number.isSafeInteger(count) ? count : undefined;
}
