import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cursors } from '../pagination/cursor';
import { CacheNamespace } from './response-cache';

/**
 * Identifies what responses depend on besides the database: the code and the secret of cursors. Instances with the same
 * code and secret share entries in Redis; the old and the new version during a rolling deployment do not.
 */
export function cacheNamespace(cursors: Cursors): CacheNamespace {
  const digest = createHash('sha256').update(cursors.encode({ direction: 'next', values: [] }, ''));
  const root = join(__dirname, '..');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => /\.[jt]s$/.test(file));
  for (const file of files.sort()) digest.update(`${file}\n`).update(readFileSync(join(root, file)));
  return new CacheNamespace(digest.digest('base64url').slice(0, 10));
}
