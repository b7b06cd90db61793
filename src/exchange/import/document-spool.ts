import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject, Place, ReadyDocument } from '../files/catalogue-entry';

/** Bytes that are collected before they are written. */
const CHUNK = 1024 * 1024;

/** A document in a spool: everything but its content. */
export interface SpooledDocument extends Place {
  path: string;
  key: string;
  offset: number;
  length: number;
}

/** The documents of one resource. */
interface Section {
  handle: FileHandle;
  /** By key in lower case, in the order of the files. */
  documents: Map<string, SpooledDocument>;
  pending: Buffer[];
  pendingBytes: number;
  size: number;
}

/**
 * Keeps the documents of an import in temporary files, one for each resource, because all must be read before the first
 * is written: resources have an order, and a later document replaces an earlier one with its key.
 */
export class DocumentSpool {
  private readonly sections = new Map<string, Section>();

  get size(): number {
    return [...this.sections.values()].reduce((sum, { documents }) => sum + documents.size, 0);
  }

  /** Adds a document. @returns the document with its key that it replaces */
  async add(entry: ReadyDocument & { path: string }): Promise<SpooledDocument | undefined> {
    const section = this.sections.get(entry.resource) ?? (await this.openSection(entry.resource));
    const bytes = Buffer.from(JSON.stringify(entry.document));
    const { path, key, line, pointer } = entry;
    const id = key.trim().toLowerCase();
    const earlier = section.documents.get(id);
    section.documents.set(id, { path, key, line, pointer, offset: section.size, length: bytes.length });
    section.size += bytes.length;
    section.pendingBytes += bytes.length;
    section.pending.push(bytes);
    if (section.pendingBytes >= CHUNK) await flush(section);
    return earlier;
  }

  /** The documents of a resource, in the order of the files. */
  documentsOf(resource: string): SpooledDocument[] {
    return [...(this.sections.get(resource)?.documents.values() ?? [])];
  }

  /** Whether the import has a document. */
  has(resource: string, key: string): boolean {
    return this.sections.get(resource)?.documents.has(key.toLowerCase()) ?? false;
  }

  /** Reads the content of documents of a resource. */
  async read(resource: string, documents: readonly SpooledDocument[]): Promise<JsonObject[]> {
    const section = this.sections.get(resource);
    if (!section || documents.length === 0) return [];
    await flush(section);
    const start = Math.min(...documents.map(({ offset }) => offset));
    const end = Math.max(...documents.map(({ offset, length }) => offset + length));
    const bytes = documents.reduce((sum, { length }) => sum + length, 0);
    const parse = (buffer: Buffer) => JSON.parse(buffer.toString()) as JsonObject;
    // Neighbours are read at once, scattered documents one by one.
    if (end - start <= 2 * bytes) {
      const all = await readAt(section.handle, start, end - start);
      return documents.map(({ offset, length }) => parse(all.subarray(offset - start, offset - start + length)));
    }
    const values: JsonObject[] = [];
    for (const { offset, length } of documents) values.push(parse(await readAt(section.handle, offset, length)));
    return values;
  }

  /** Closes the files, which deletes them. */
  async close(): Promise<void> {
    for (const { handle } of this.sections.values()) await handle.close();
  }

  private async openSection(resource: string): Promise<Section> {
    const path = join(tmpdir(), `mdl-spool-${randomUUID()}`);
    const handle = await open(path, 'wx+', 0o600);
    // At once: the content stays until the file is closed, and nothing is left of a process that is killed.
    await unlink(path);
    const section: Section = { handle, documents: new Map(), pending: [], pendingBytes: 0, size: 0 };
    this.sections.set(resource, section);
    return section;
  }
}

async function flush(section: Section): Promise<void> {
  if (section.pendingBytes === 0) return;
  const bytes = Buffer.concat(section.pending);
  section.pending = [];
  section.pendingBytes = 0;
  await section.handle.appendFile(bytes);
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  await handle.read(buffer, 0, length, position);
  return buffer;
}
