import type { Config } from './config';

/** The parameter of a PostgreSQL URL that turns TLS on; `prefer` and `allow` go on without it. */
const ENCRYPTED = new Set(['require', 'verify-ca', 'verify-full', 'no-verify']);
const LOOPBACK = /^(localhost|127\.|\[?::1\]?$)/;

/**
 * The connections to other hosts that are not encrypted, each as a line that says what to change. For a warning, not a
 * refusal: a private network between containers needs no TLS.
 */
export function plainConnections({ DATABASE_URL, REDIS_URL }: Pick<Config, 'DATABASE_URL' | 'REDIS_URL'>): string[] {
  const lines: string[] = [];
  const database = URL.parse(DATABASE_URL);
  if (database && isRemote(database) && !ENCRYPTED.has(database.searchParams.get('sslmode') ?? ''))
    lines.push('DATABASE_URL: the connection is not encrypted; add sslmode=verify-full');
  const redis = URL.parse(REDIS_URL);
  if (redis && isRemote(redis) && redis.protocol !== 'rediss:')
    lines.push('REDIS_URL: the connection is not encrypted; use rediss://');
  return lines;
}

/** A URL without a host names a Unix socket. */
const isRemote = ({ hostname }: URL): boolean => hostname !== '' && !LOOPBACK.test(hostname);
