import { createClient } from '@redis/client';
import type { Config } from '../config/config';

export type RedisClient = ReturnType<typeof createRedisClient>;

const CONNECT_TIMEOUT_MS = 5000;
const PING_INTERVAL_MS = 1000;
/**
 * Longer than the ping interval, so that only an unresponsive server loses its connection; shorter than the pause of
 * the circuit breaker, whose trial calls would otherwise keep a dead connection open.
 */
const SOCKET_TIMEOUT_MS = 3000;
/** Maximum of pending commands: it bounds the memory that a slow server costs. */
const MAX_QUEUED = 10_000;
const FIRST_RECONNECT_MS = 100;
const LAST_RECONNECT_MS = 2000;

/** Whether the settings name a Redis. */
export const isRedisConfigured = (config: Config): boolean => config.REDIS_URL !== '' || config.REDIS_HOST !== '';

/**
 * Creates a client that reconnects forever and rejects commands while it has no connection. It is not connected yet.
 */
export function createRedisClient(config: Config) {
  const { REDIS_URL, REDIS_HOST, REDIS_PORT, REDIS_PASSWORD, REDIS_DB } = config;
  const address = REDIS_URL !== '' ? { url: REDIS_URL } : { password: REDIS_PASSWORD, database: REDIS_DB };
  return createClient({
    ...address,
    name: 'metrics-definition-library',
    // Queued commands would wait for as long as the server is down.
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_QUEUED,
    pingInterval: PING_INTERVAL_MS,
    maintNotifications: 'disabled',
    socket: {
      ...(REDIS_URL === '' && { host: REDIS_HOST, port: REDIS_PORT }),
      connectTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
      reconnectStrategy: jitteredBackoff,
    },
  });
}

/** Milliseconds before the next attempt: exponential backoff with jitter. */
const jitteredBackoff = (retries: number): number =>
  Math.min(FIRST_RECONNECT_MS * 2 ** retries, LAST_RECONNECT_MS) * (0.5 + Math.random() / 2);
