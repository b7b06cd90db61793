import { createKey, environment } from '../dev/commands.ts';
import { run } from '../dev/guarded-process.ts';
import { cpuAdded } from './cpu-added.ts';
import type { Options } from './options.ts';
import type { Result } from './result.ts';
import type { Side } from './sides.ts';

export const KEY_COST = 'list, cached, with an API key';

/** Microseconds of CPU time that authentication may add to an anonymous request. */
const MOST_ADDED = 30;
const LIST = { path: '/api/v1/metrics', status: 200 };

/** Measures the cost of authentication by an API key. */
export async function measureKeyCost(service: Side, databaseUrl: string, options: Options): Promise<Result> {
  const env = environment({ DATABASE_URL: databaseUrl, NODE_ENV: 'production' });
  const key = (await run('the key', process.execPath, createKey('bench', '.build'), env)).trim();
  const request = { ...LIST, headers: { authorization: `Bearer ${key}` } };
  return cpuAdded(KEY_COST, { side: service, request }, { side: service, request: LIST }, MOST_ADDED, options);
}
