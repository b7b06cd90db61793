import { resolve } from 'node:path';
import type pg from 'pg';

/** Defects of the cache, each of which the check must detect. */
export const BREAKAGES = {
  'old-generation': 'the generation is read only every two seconds',
  'shared-generation-query': 'a request shares the generation query in progress',
  'late-generation': 'a response is cached with the generation that was read after it was made',
  'generation-not-in-key': 'the generation is not part of the key in Redis',
  'no-revalidation': 'a cached item stays valid after every write, without revalidation',
  'own-rows-only': 'a response depends only on the rows of its own resource',
  'silent-trigger': 'an UPDATE by SQL does not advance the generation',
} as const;

export type Breakage = keyof typeof BREAKAGES;

export const isBreakage = (name: string): name is Breakage => name in BREAKAGES;

/** The preloaded file with the defect; undefined where the defect is in the database. */
export const preloadOf = (breakage: Breakage): string | undefined =>
  breakage === 'silent-trigger' ? undefined : resolve(`test/consistency/broken/${breakage}.cjs`);

/** Applies a defect of the database. */
export async function breakDatabase(breakage: Breakage, database: pg.Pool): Promise<void> {
  if (breakage === 'silent-trigger') await database.query('ALTER TABLE metrics DISABLE TRIGGER metrics_generation');
}
