import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { giveToPostgres } from '../../dev/postgres-process.ts';
import { atEnd } from '../../dev/script.ts';
import type { CrashingPostgres } from '../durability/crashing-postgres.ts';
import { withClient } from './client.ts';

/** SQLSTATE disk_full. */
const DISK_FULL = '53100';

/** A file system of 16 MB with the tables of the metrics, which can be filled. */
export class SmallDisk {
  private readonly owner: string;

  private constructor(owner: string) {
    this.owner = owner;
  }

  /** Undefined where this user cannot mount a file system. */
  static async mount({ folder }: CrashingPostgres, owner: string): Promise<SmallDisk | undefined> {
    const path = join(folder, 'small-disk');
    mkdirSync(path);
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', path]);
    if (status !== 0) return undefined;
    // Lazily: PostgreSQL still runs.
    atEnd(() => void spawnSync('umount', ['-l', path]));
    giveToPostgres(path);
    await withClient(owner, async (client) => {
      await client.query(`CREATE TABLESPACE small_disk LOCATION '${path}'`);
      for (const table of ['metrics', 'revisions'])
        await client.query(`ALTER TABLE ${table} SET TABLESPACE small_disk`);
    });
    return new SmallDisk(owner);
  }

  /** Writes until PostgreSQL reports that the disk is full. */
  async fill(): Promise<void> {
    await withClient(this.owner, async (client) => {
      await client.query('CREATE TABLE filler (text text) TABLESPACE small_disk');
      const fill = `INSERT INTO filler SELECT repeat('x', 1000) FROM generate_series(1, 100000)`;
      const error = await client.query(fill).then(
        () => undefined,
        (reason: { code?: string }) => reason,
      );
      if (error?.code !== DISK_FULL) throw new Error('The disk is not full.', { cause: error });
    });
  }

  async clear(): Promise<void> {
    await withClient(this.owner, async (client) => {
      await client.query('DROP TABLE filler');
      // A recovery from here needs no space for it.
      await client.query('CHECKPOINT');
    });
  }
}
