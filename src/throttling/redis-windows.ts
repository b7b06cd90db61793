import { createHash } from 'node:crypto';
import type { GuardedRedis } from '../redis/guarded-redis';
import type { Limit } from './limits';

/** What Redis found for a request: whether a window was full, and each window's count and its rest in milliseconds. */
export interface RedisReply {
  readonly isRefused: boolean;
  readonly windows: readonly { readonly used: number; readonly left: number }[];
}

interface Question {
  readonly caller: string;
  readonly limits: readonly Limit[];
  readonly isTake: boolean;
  readonly answer: (answer: RedisReply | undefined) => void;
}

/**
 * Arguments of each request: 1 to take or 0 to give back, how many windows it has, and quota and length of each.
 * Answer of each request: 1 when a window was full and none was counted, else 0, and count and rest of each window.
 */
const SCRIPT = `
local key, arg, answer = 0, 1, {}
while arg <= #ARGV do
  local take, windows, full = ARGV[arg] == '1', tonumber(ARGV[arg + 1]), 0
  arg = arg + 2
  for i = 1, windows do
    local used = tonumber(redis.call('GET', KEYS[key + i]) or 0)
    if take and used >= tonumber(ARGV[arg + 2 * i - 2]) then full = 1 end
  end
  answer[#answer + 1] = full
  for i = 1, windows do
    local name, length = KEYS[key + i], tonumber(ARGV[arg + 2 * i - 1])
    local used = tonumber(redis.call('GET', name) or 0)
    if take and full == 0 then used = redis.call('INCR', name) end
    if not take and used > 0 then used = redis.call('DECR', name) end
    local left = redis.call('PTTL', name)
    if left < 0 then
      left = length
      if used > 0 then redis.call('PEXPIRE', name, length) end
    end
    answer[#answer + 1] = used
    answer[#answer + 1] = left
  end
  key, arg = key + windows, arg + 2 * windows
end
return answer`;
const SHA = createHash('sha1').update(SCRIPT).digest('hex');

/**
 * The windows that all instances share. What is asked in one turn of the event loop goes to Redis in one call of one
 * script: each request is counted exactly, in its order, and a busy instance pays a fraction of a round trip for it.
 */
export class RedisWindows {
  private questions: Question[] = [];

  constructor(private readonly redis: Pick<GuardedRedis, 'attempt'>) {}

  /** Counts a request in every window, or in none where one is full; undefined when Redis does not answer. */
  take(caller: string, limits: readonly Limit[]): Promise<RedisReply | undefined> {
    return this.ask(caller, limits, true);
  }

  /** Takes a counted request back from each window that has not ended; undefined when Redis does not answer. */
  giveBack(caller: string, limits: readonly Limit[]): Promise<RedisReply | undefined> {
    return this.ask(caller, limits, false);
  }

  private ask(caller: string, limits: readonly Limit[], isTake: boolean): Promise<RedisReply | undefined> {
    return new Promise((answer) => {
      if (this.questions.push({ caller, limits, isTake, answer }) === 1) setImmediate(() => void this.askAll());
    });
  }

  private async askAll(): Promise<void> {
    const questions = this.questions;
    this.questions = [];
    const numbers = await this.call(questions);
    let at = 0;
    for (const { limits, answer } of questions) {
      if (!numbers) {
        answer(undefined);
        continue;
      }
      const isRefused = numbers[at++] === 1;
      answer({ isRefused, windows: limits.map(() => ({ used: numbers[at++] ?? 0, left: numbers[at++] ?? 0 })) });
    }
  }

  private call(questions: readonly Question[]): Promise<number[] | undefined> {
    const script = {
      keys: questions.flatMap(({ caller, limits }) => limits.map(({ name }) => `mdl:throttle:${caller}:${name}`)),
      arguments: questions.flatMap(({ isTake, limits }) => [
        isTake ? '1' : '0',
        String(limits.length),
        ...limits.flatMap(({ quota, windowMs }) => [String(quota), String(windowMs)]),
      ]),
    };
    return this.redis.attempt(async (client) => {
      try {
        return (await client.evalSha(SHA, script)) as number[];
      } catch (error) {
        // A Redis that has just started knows no script.
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return (await client.eval(SCRIPT, script)) as number[];
      }
    });
  }
}
