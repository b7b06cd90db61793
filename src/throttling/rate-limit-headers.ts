import type { LimitSet } from './limits';
import type { Window } from './memory-windows';

/** Seconds until a window ends, at least one: a caller that waits so long finds a new one. */
export const secondsLeft = ({ endsAt }: Window, now: number): number => Math.max(1, Math.ceil((endsAt - now) / 1000));

/**
 * What an answer says of its caller's limits: all of them in `RateLimit` and `RateLimit-Policy`
 * (draft-ietf-httpapi-ratelimit-headers-10), the one with the least left in the older `X-RateLimit-*`; times in seconds.
 */
export function rateLimitHeaders(
  { limits, policy }: LimitSet,
  windows: readonly Window[],
  now: number,
): Record<string, string> {
  let rateLimit = '';
  let [quota, remaining, reset] = [0, Infinity, 0];
  for (const [index, limit] of limits.entries()) {
    const window = windows[index];
    if (window === undefined) continue;
    const left = Math.max(0, limit.quota - window.used);
    const seconds = secondsLeft(window, now);
    rateLimit += `${rateLimit && ', '}"${limit.name}";r=${left};t=${seconds}`;
    if (left < remaining) [quota, remaining, reset] = [limit.quota, left, seconds];
  }
  return {
    ratelimit: rateLimit,
    'ratelimit-policy': policy,
    'x-ratelimit-limit': String(quota),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(reset),
  };
}
