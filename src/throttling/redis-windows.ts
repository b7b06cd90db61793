import { createHash } from 'node:crypto';
import type { Limit } from './limit';

interface Script {
  keys: string[];
  arguments: string[];
}

/** The commands of a Redis client that are used: the first takes the digest of a script, the second its text. */
type ScriptClient = Record<'evalSha' | 'eval', (script: string, options: Script) => Promise<unknown>>;

/** A connection to Redis that never throws and never hangs, such as `GuardedRedis`. */
export interface RedisConnection {
  readonly isConfigured: boolean;
  /** @returns undefined where Redis does not respond in time or refuses the command */
  attempt<T>(command: (client: ScriptClient) => Promise<T>): Promise<T | undefined>;
}

/** The window of a tracker in Redis after a command. */
export interface RedisWindow {
  /** The window was full, and the request was not counted. */
  readonly isFull: boolean;
  readonly used: number;
  /** Milliseconds until the window ends. */
  readonly leftMs: number;
}

interface Command {
  readonly key: string;
  readonly limit: Limit;
  readonly operation: 'increment' | 'decrement';
  readonly resolve: (window: RedisWindow | undefined) => void;
}

/**
 * Arguments of each command: 1 to increment or 0 to decrement, the quota, and the length of the window in milliseconds.
 * Results of each command: 1 where the window was full, the count, and the milliseconds until the window ends.
 */
const SCRIPT = `
local results = {}
for i = 1, #KEYS do
  local key, increment, quota, length = KEYS[i], ARGV[3 * i - 2] == '1', tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local used, full = tonumber(redis.call('GET', key) or 0), 0
  if increment then
    if used >= quota then full = 1 else used = redis.call('INCR', key) end
  elseif used > 0 then
    used = redis.call('DECR', key)
  end
  local left = redis.call('PTTL', key)
  if left < 0 then
    left = length
    if used > 0 then redis.call('PEXPIRE', key, length) end
  end
  results[3 * i - 2], results[3 * i - 1], results[3 * i] = full, used, left
end
return results`;
const SHA = createHash('sha1').update(SCRIPT).digest('hex');

/**
 * Fixed windows in Redis, shared by all instances. The commands of one turn of the event loop are sent together, as one
 * call of one script: each request is counted atomically and in order, at a fraction of a round trip.
 */
export class RedisWindows {
  private batch: Command[] = [];

  constructor(private readonly redis: RedisConnection) {}

  /**
   * Counts a request unless the window is full (`increment`), or takes a counted request back (`decrement`).
   *
   * @returns undefined where Redis does not respond
   */
  change(operation: Command['operation'], key: string, limit: Limit): Promise<RedisWindow | undefined> {
    return new Promise((resolve) => {
      if (this.batch.push({ key, limit, operation, resolve }) === 1) setImmediate(() => void this.send());
    });
  }

  private async send(): Promise<void> {
    const commands = this.batch;
    this.batch = [];
    const results = await this.run({
      keys: commands.map(({ key, limit: { name } }) => `mdl:throttle:${key}:${name}`),
      arguments: commands.flatMap(({ operation, limit: { quota, windowMs } }) => [
        operation === 'increment' ? '1' : '0',
        String(quota),
        String(windowMs),
      ]),
    });
    for (const [index, { resolve }] of commands.entries()) {
      const [full, used = 0, leftMs = 0] = results?.slice(3 * index, 3 * index + 3) ?? [];
      resolve(results && { isFull: full === 1, used, leftMs });
    }
  }

  private run(script: Script): Promise<number[] | undefined> {
    return this.redis.attempt(async (client) => {
      try {
        return (await client.evalSha(SHA, script)) as number[];
      } catch (error) {
        // A Redis that was restarted does not know the script.
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return (await client.eval(SCRIPT, script)) as number[];
      }
    });
  }
}
