import { createReadStream } from 'node:fs';
import type { Resources } from '../resources';
import { entryOf } from './catalogue-documents';
import { type CatalogueEntry, isObject, refused } from './catalogue-entry';
import { resourceOf } from './document-kind';
import { parseJsonLine } from './json-text';
import { decodeUtf8, UnreadableText } from './parsed-text';

const NEWLINE = 0x0a;

/** Streams the lines of a file as bytes, without newlines. They are decoded strictly later, one by one. */
export const linesOf = (path: string): AsyncGenerator<Buffer> => splitLines(createReadStream(path));

/** Splits bytes into lines, without newlines. */
export async function* splitLines(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  for await (const chunk of bytes) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...pending, chunk.subarray(start, end)]);
      pending = [];
      start = end + 1;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
  if (pending.length > 0) yield Buffer.concat(pending);
}

/**
 * Streams the documents of an NDJSON file. A line `{"count":N}` ends an export. N is compared with the number of
 * documents since the previous such line, so a file may contain several exports.
 */
export async function* readNdjson(path: string, resources: Resources): AsyncGenerator<CatalogueEntry> {
  let line = 0;
  let documents = 0;
  for await (const bytes of linesOf(path)) {
    line++;
    try {
      const text = decodeUtf8(bytes, line);
      if (text.trim() === '') continue;
      const parsed = parseJsonLine(text, line);
      const expected = exportedCount(parsed.value, resources);
      if (expected === undefined) {
        documents++;
        yield entryOf(parsed, resources, parsed.value, '');
        continue;
      }
      if (expected !== documents) {
        const detail = `The export has ${expected} documents, the file has ${documents}.`;
        yield refused({ line, pointer: '/count' }, 'truncated', detail);
      }
      documents = 0;
    } catch (error) {
      if (!(error instanceof UnreadableText)) throw error;
      documents++;
      yield refused({ line, pointer: '' }, error.code, error.message);
    }
  }
}

/** The number in the last line of an export. */
function exportedCount(value: unknown, resources: Resources): number | undefined {
  if (!isObject(value) || resourceOf(value, resources) !== undefined) return undefined;
  const count = value['count'];
  return typeof count === 'number' && Number.isSafeInteger(count) ? count : undefined;
}
