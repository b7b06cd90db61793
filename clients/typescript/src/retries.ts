/** How often and how long a request is retried. */
export interface RetryOptions {
  /** The number of attempts after the first one. */
  retries: number;
  /** A longer `Retry-After` is not awaited: the error is thrown at once. */
  maxDelayMs: number;
}

/**
 * Wraps `fetch` so that 429 and 503 with `Retry-After` are retried. The service sends `Retry-After` only if it has not
 * executed the request.
 */
export const withRetries =
  (send: (request: Request) => Promise<Response>, { retries, maxDelayMs }: RetryOptions) =>
  async (request: Request): Promise<Response> => {
    for (let attempt = 0; ; attempt++) {
      // The body of a request can be sent once.
      const response = await send(request.clone());
      const delay = response.status === 429 || response.status === 503 ? delayOf(response) : undefined;
      if (delay === undefined || delay > maxDelayMs || attempt >= retries) return response;
      await response.body?.cancel();
      await sleep(delay, request.signal);
    }
  };

/** `Retry-After` in milliseconds: a number of seconds or a date (RFC 9110, 10.2.3). */
function delayOf({ headers }: Response): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  const delay = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(delay) ? undefined : Math.max(0, delay);
}

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, ms);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
