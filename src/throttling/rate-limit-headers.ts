import type { AppliedLimit } from './limit';

/**
 * The headers that show the limits of a response: all of them in `RateLimit` and `RateLimit-Policy`
 * (draft-ietf-httpapi-ratelimit-headers-10), the one with the least left in the older `X-RateLimit-*`. Times in seconds.
 */
export function rateLimitHeaders(limits: readonly AppliedLimit[]): Record<string, string> {
  let rateLimit = '';
  let policy = '';
  let [least, remaining, reset] = [0, Infinity, 0];
  for (const { name, quota, windowMs, used, seconds } of limits) {
    const separator = rateLimit === '' ? '' : ', ';
    const left = Math.max(0, quota - used);
    rateLimit += `${separator}"${name}";r=${left};t=${seconds}`;
    policy += `${separator}"${name}";q=${quota};w=${windowMs / 1000}`;
    if (left < remaining) [least, remaining, reset] = [quota, left, seconds];
  }
  return {
    ratelimit: rateLimit,
    'ratelimit-policy': policy,
    'x-ratelimit-limit': String(least),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(reset),
  };
}
