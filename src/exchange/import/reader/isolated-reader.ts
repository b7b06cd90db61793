import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Problem } from '../../../problems/problem';
import { splitLines } from '../../files/ndjson-file';
import type { ImportEntry } from '../import-source';
import { type ReadRequest, serializeRequest } from './read-request';

/** The heap of the reader, so that service and reader fit in a container of 512 MB. */
const HEAP_MB = 224;
/** The longest time in which files are read. */
const MAX_MS = 120_000;
const PROGRAM = join(__dirname, 'reader-process.js');

/** One reader at a time: each may take half of the memory of a container. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * Reads files in a process of its own: a parser can take seconds, in which the service could not respond to any request,
 * and any amount of memory.
 *
 * @throws Problem 413 `payload_too_large` for files that take too much memory or time
 */
export async function* readIsolated(request: ReadRequest, signal?: AbortSignal): AsyncGenerator<ImportEntry> {
  const earlier = turn;
  const { promise, resolve: release } = Promise.withResolvers<void>();
  turn = promise;
  await earlier;
  try {
    signal?.throwIfAborted();
    yield* readByProcess(request, signal);
  } finally {
    release();
  }
}

async function* readByProcess(request: ReadRequest, signal?: AbortSignal): AsyncGenerator<ImportEntry> {
  // Without the environment, which has secrets.
  const heap = [`--max-old-space-size=${HEAP_MB}`, '--max-semi-space-size=8'];
  const reader = spawn(process.execPath, [...heap, PROGRAM], { env: {}, stdio: 'pipe' });
  const kill = () => reader.kill('SIGKILL');
  signal?.addEventListener('abort', kill);
  let isLate = false;
  const timer = setTimeout(() => kill() && (isLate = true), MAX_MS).unref();
  const closed = once(reader, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  closed.catch(() => undefined);
  try {
    const failure = tail(reader.stderr);
    send(reader, serializeRequest(request));
    for await (const line of splitLines(reader.stdout as AsyncIterable<Buffer> & Readable))
      // The last line of a killed process is cut; its exit code is checked below.
      if (line.at(-1) === CLOSING_BRACE) yield JSON.parse(line.toString()) as ImportEntry;
    const [code, killedBy] = await closed;
    signal?.throwIfAborted();
    if (code !== 0) throw problemOf({ code, killedBy, isLate, output: await failure });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
    kill();
  }
}

const CLOSING_BRACE = 0x7d;

function send({ stdin }: ChildProcess, request: string): void {
  // EPIPE of a process that has ended: its exit code is checked.
  stdin?.on('error', () => undefined).end(request);
}

/** The end of an output; V8 describes at length why it ends a process. */
const tail = async (output: Readable): Promise<string> => (await text(output)).slice(-10_000);

function problemOf(end: { code: number | null; killedBy: string | null; isLate: boolean; output: string }): Error {
  const { code, killedBy, isLate, output } = end;
  // Our own kill is late; the others are by the kernel or by V8, for want of memory.
  if (isLate || killedBy === 'SIGKILL' || killedBy === 'SIGABRT' || killedBy === 'SIGTRAP') {
    const what = isLate ? `${MAX_MS / 1000} seconds` : `${HEAP_MB} MiB of memory`;
    const detail = `Reading the files takes more than ${what}. Import them in parts, or as NDJSON or CSV.`;
    return new Problem('payload_too_large', { detail });
  }
  return new Error(`The reader of an import ended with ${code ?? killedBy ?? ''}: ${output}`);
}
