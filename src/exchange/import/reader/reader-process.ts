import { writeFileSync, writeSync } from 'node:fs';
import { setPriority } from 'node:os';
import { text } from 'node:stream/consumers';
import { type ImportEntry } from '../import-source';
import { parseRequest, readHere } from './read-request';

/** Characters that are written at once. */
const CHUNK = 65_536;
/** Characters of an entry. A document has at most 64 KiB. */
const MAX_ENTRY = 1_048_576;
const STDOUT = 1;

/** Reads a request from standard input and writes the entries of its files as lines of JSON. */
async function main(): Promise<void> {
  yieldToTheService();
  let pending = '';
  // Synchronous: the process waits for the one that reads, so that it holds few entries.
  const write = () => writeFully(Buffer.from(pending));
  for await (const entry of readHere(parseRequest(await text(process.stdin)))) {
    pending += `${JSON.stringify(bounded(entry))}\n`;
    if (pending.length < CHUNK) continue;
    write();
    pending = '';
  }
  write();
}

/** Other requests have precedence, and the kernel ends this process first where a container has no memory left. */
function yieldToTheService(): void {
  setPriority(10);
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Not Linux.
  }
}

function bounded(entry: ImportEntry): ImportEntry {
  if (entry.kind !== 'ready' || JSON.stringify(entry.document).length <= MAX_ENTRY) return entry;
  const { path, line, pointer, key } = entry;
  const detail = 'The document has more than 1 MiB.';
  return { kind: 'refused', path, line, pointer, code: 'too_long', detail, key: key.slice(0, 200) };
}

function writeFully(bytes: Buffer): void {
  for (let start = 0; start < bytes.length;) start += writeSync(STDOUT, bytes, start);
}

void main();
