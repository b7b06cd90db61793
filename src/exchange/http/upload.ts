import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { Problem } from '../../problems/problem';
import type { ImportFile } from '../import/import-options';
import type { ImportRequest } from '../import/imports';

/** Maximum size of the body of an import, in bytes. */
export const UPLOAD_LIMIT = 50 * 1024 * 1024;
/** Maximum number of files of an import: large dbt projects have some thousand YAML files. */
export const MAX_FILES = 5000;

/** Larger files are read in a process of their own: the worst YAML of this size takes less than 50 ms here. */
export const READ_HERE_LIMIT = 4 * 1024;

export const MULTIPART_TYPE = 'multipart/form-data';
/** The extension of a body by its media type; others are found by their content. */
export const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/json': '.json',
  'application/x-ndjson': '.ndjson',
  'application/yaml': '.yaml',
  'text/yaml': '.yaml',
  'application/x-yaml': '.yaml',
  'text/csv': '.csv',
  'text/plain': '',
  'application/octet-stream': '',
};

/** Begins the name of a temporary folder; the id of its process follows. */
const FOLDER = 'mdl-upload-';

/** Removes the folders of processes that were killed. Each can have 50 MiB. */
export async function removeAbandonedUploads(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(/^mdl-upload-(\d+)-\w{6}$/.exec(name)?.[1] ?? 0);
    // A process in a container has the id of its predecessor.
    if (pid > 0 && (pid === process.pid || !isRunning(pid)))
      await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it belongs to another user.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** The files of a request, in a temporary folder that is always removed. */
export class Upload {
  readonly files: ImportFile[] = [];
  /** The digests of the files, which identify the content of the request. */
  private readonly digests: string[] = [];
  /** How often each name was given a number. */
  private readonly names = new Map<string, number>();
  private bytes = 0;
  private isLent = false;

  private constructor(private readonly folder: string) {}

  /**
   * Saves a body: the files of a form, or one file.
   *
   * @param type the media type in lower case
   * @throws Problem 400 `bad_request` for an invalid form, `malformed_json` for no content, 413 `payload_too_large`
   */
  static async save(body: Readable, type: string, headers: IncomingHttpHeaders): Promise<Upload> {
    const upload = new Upload(await mkdtemp(join(tmpdir(), `${FOLDER}${process.pid}-`)));
    try {
      if (type === MULTIPART_TYPE) await upload.saveForm(body, headers);
      else await upload.saveFile(body, `body${EXTENSIONS[type] ?? ''}`);
      return upload;
    } catch (error) {
      await upload.remove();
      throw error;
    }
  }

  /** The files for an import, which removes them when it has ended. */
  lend(): Pick<ImportRequest, 'files' | 'isolated' | 'onBegin' | 'onEnd'> {
    const isolated = this.bytes > READ_HERE_LIMIT;
    return { files: this.files, isolated, onBegin: () => void (this.isLent = true), onEnd: () => this.remove() };
  }

  /** Removes the files unless an import uses them. */
  async release(): Promise<void> {
    if (!this.isLent) await this.remove();
  }

  /** What `Idempotency-Key` compares: a form has another boundary in each request. */
  toJSON(): unknown {
    return this.digests;
  }

  private async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private async saveFile(body: Readable, name: string): Promise<void> {
    await pipeline(body, limited(), (source: AsyncIterable<Buffer>) => this.add(source, name));
    if (this.bytes === 0) throw new Problem('malformed_json', { detail: 'The request has no body.' });
  }

  private async saveForm(body: Readable, headers: IncomingHttpHeaders): Promise<void> {
    const form = parserOf(headers);
    const saved: Promise<void>[] = [];
    const parts: Readable[] = [];
    let failure: Error | undefined;
    const fail = (error: Error) => {
      failure ??= error;
      form.destroy(error);
    };
    form.on('file', (_field, file, filename) => {
      const done = this.add(file, safeName(filename));
      done.catch(fail);
      parts.push(file);
      saved.push(done);
    });
    form.on('filesLimit', () => fail(tooLarge(`A form can have at most ${MAX_FILES} files.`, MAX_FILES)));
    form.on('fieldsLimit', () => fail(new Problem('bad_request', { detail: 'The form can have only files.' })));
    try {
      await pipeline(body, limited(), form);
      await Promise.all(saved);
    } catch (error) {
      // The parser leaves the part open in which the form was cut.
      for (const part of parts) part.destroy(error as Error);
      await Promise.allSettled(saved);
      const cause = failure ?? (error as Error);
      if (cause instanceof Problem || (cause as NodeJS.ErrnoException).code !== undefined) throw cause;
      throw new Problem('bad_request', { detail: 'The body is not a complete form (RFC 7578).', cause });
    }
    if (this.files.length === 0) throw new Problem('bad_request', { detail: 'The form has no file.' });
  }

  private async add(source: AsyncIterable<Buffer>, name: string): Promise<void> {
    const path = join(this.folder, `${this.files.length}-${basename(name)}`);
    this.files.push({ path, name: this.unusedName(name) });
    const index = this.digests.push('') - 1;
    const hash = createHash('sha256').update(`${name}\n`);
    const measured = new Transform({
      transform: (chunk: Buffer, _, next) => {
        this.bytes += chunk.length;
        hash.update(chunk);
        next(null, chunk);
      },
    });
    await pipeline(source, measured, createWriteStream(path, { mode: 0o600 }));
    this.digests[index] = hash.digest('base64url');
  }

  private unusedName(name: string): string {
    let count = this.names.get(name) ?? 0;
    let unused = name;
    while (this.names.has(unused)) unused = `${name} (${++count + 1})`;
    this.names.set(name, count).set(unused, this.names.get(unused) ?? 0);
    return unused;
  }
}

function parserOf(headers: IncomingHttpHeaders): BusboyInstance {
  try {
    const limits = { files: MAX_FILES, fields: 0, parts: MAX_FILES + 1, headerPairs: 20, headerSize: 8192 };
    const given = { ...headers, 'content-type': headers['content-type'] ?? '' };
    return new Busboy({ headers: given, limits, preservePath: true });
  } catch (error) {
    throw new Problem('bad_request', { detail: 'The content type has no valid boundary.', cause: error });
  }
}

/** Passes at most `UPLOAD_LIMIT` bytes. */
function limited(): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _, next) {
      bytes += chunk.length;
      if (bytes <= UPLOAD_LIMIT) next(null, chunk);
      else next(tooLarge(`The body must have at most ${UPLOAD_LIMIT} bytes.`, UPLOAD_LIMIT));
    },
  });
}

export const tooLarge = (detail: string, limit: number): Problem =>
  new Problem('payload_too_large', { detail, members: { limit }, headers: { connection: 'close' } });

/** A file name for the report and for a temporary file: a relative path of printable characters. */
function safeName(given: string | undefined): string {
  const printable = (given ?? '').normalize('NFC').replace(/[\p{Cc}\p{Cf}\\]/gu, '_');
  const steps = printable.split('/').filter((step) => step !== '' && step !== '.' && step !== '..');
  const name = steps.join('/').slice(-100);
  return name === '' || name.endsWith('/') ? 'file' : name;
}
