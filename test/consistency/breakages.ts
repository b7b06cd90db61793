import { resolve } from 'node:path';
import type pg from 'pg';

/** Ways to break the cache, each of which the check must find. */
export const BREAKAGES = {
  'old-generation': 'the generation is asked for every two seconds only',
  'joined-question': 'whoever comes joins the question for the generation that is under way',
  'late-generation': 'an answer is kept under the generation that was read after it was made',
  'nameless-generation': 'the generation is no part of the name that Redis knows an answer by',
  'unlooked-row': 'an item survives every write without a look at its row',
  'own-rows-only': 'an answer depends on the rows of its own resource alone',
  'silent-trigger': 'an UPDATE by SQL does not advance the generation',
} as const;

export type Breakage = keyof typeof BREAKAGES;

export const isBreakage = (name: string): name is Breakage => name in BREAKAGES;

/** The file that breaks an instance from within; none where the database is what breaks. */
export const preloadOf = (breakage: Breakage): string | undefined =>
  breakage === 'silent-trigger' ? undefined : resolve(`test/consistency/broken/${breakage}.cjs`);

/** Breaks the database, where that is what breaks. */
export async function breakDatabase(breakage: Breakage, database: pg.Pool): Promise<void> {
  if (breakage === 'silent-trigger') await database.query('ALTER TABLE metrics DISABLE TRIGGER metrics_generation');
}
