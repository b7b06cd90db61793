import { bool, host, makeValidator, str } from 'envalid';

const wholeNumber = (minimum: number, maximum: number) =>
  makeValidator((input) => {
    const value = Number(input);
    if (!/^\d+$/.test(input) || value < minimum || value > maximum) {
      throw new Error(`must be a whole number from ${minimum} to ${maximum}`);
    }
    return value;
  });

const postgresUrl = makeValidator((input) => {
  const protocol = URL.canParse(input) ? new URL(input).protocol : '';
  if (!['postgres:', 'postgresql:'].includes(protocol))
    throw new Error('must be postgresql://user:password@host:5432/database');
  return input;
});
const redisUrl = makeValidator((input) => {
  const protocol = URL.canParse(input) ? new URL(input).protocol : '';
  if (!['redis:', 'rediss:'].includes(protocol)) throw new Error('must be redis://user:password@host:6379/0');
  return input;
});
const origins = makeValidator((input) => {
  if (!input.split(',').every((origin) => URL.canParse(origin) && new URL(origin).origin === origin))
    throw new Error('must be origins, as in https://app.example.com,http://localhost:5173');
  return input;
});
const httpUrl = makeValidator((input) => {
  const { protocol, username, password, hash } = URL.canParse(input) ? new URL(input) : new URL('none:');
  if (!['https:', 'http:'].includes(protocol) || username || password || hash)
    throw new Error('must be https://host/path');
  return input;
});
/** One family at most: a key of one kind is never tried for another (RFC 8725, 3.1). */
const ALGORITHM_FAMILIES = [
  ['RS256', 'RS384', 'RS512'],
  ['PS256', 'PS384', 'PS512'],
  ['ES256', 'ES384', 'ES512'],
  ['EdDSA'],
];
const algorithms = makeValidator((input) => {
  const given = input.split(',');
  if (!ALGORITHM_FAMILIES.some((family) => given.every((algorithm) => family.includes(algorithm))))
    throw new Error(`must be of one family: ${ALGORITHM_FAMILIES.map((family) => family.join(',')).join(' or ')}`);
  return input;
});
const roleMap = makeValidator((input) => {
  if (!input.split(',').every((pair) => /^.+=(viewer|editor|admin)$/.test(pair)))
    throw new Error('must be value=role,value=role with the roles viewer, editor, admin');
  return input;
});
const secrets = makeValidator<string[]>((input) => {
  const given = input.split(',');
  if (given.includes('')) throw new Error('must be one secret, or two with a comma between them');
  return given;
});
const port = wholeNumber(0, 65_535);
const seconds = wholeNumber(1, 604_800);
const perMinute = wholeNumber(1, 1_000_000_000);
const milliseconds = wholeNumber(0, 3_600_000);

/** Every variable that the service reads from its environment; README's table is made from this. */
export const settings = {
  NODE_ENV: str({
    choices: ['development', 'test', 'production'],
    default: 'development',
    desc: 'In production `seed -- --metrics` asks for `--force`, and callers without credentials are kept out; the keys of each are no good in the others',
  }),
  DATABASE_URL: postgresUrl({
    desc: 'PostgreSQL 18, `postgresql://user:password@host:5432/database`',
    example: 'postgresql://mdl:secret@localhost:5432/mdl',
  }),
  DATABASE_POOL_SIZE: wholeNumber(1, 1000)({ default: 10, desc: 'Connections an instance holds at the most' }),
  DATABASE_POOL_TIMEOUT_MS: milliseconds({
    default: 2000,
    desc: 'Wait for a free connection before the answer is 503 `overloaded`',
  }),
  DATABASE_STATEMENT_TIMEOUT_MS: milliseconds({
    default: 5000,
    desc: 'Longest statement before the answer is 504 `timeout`; 0 is no limit',
  }),
  HOST: host({ default: '0.0.0.0', desc: 'Address to listen on' }),
  PORT: port({ default: 3000, desc: 'Port to listen on; 0 takes a free one' }),
  METRICS_PORT: port({
    default: 0,
    desc: 'Port of its own for `/metrics`, without credentials; 0 leaves it on `PORT`, for viewers',
  }),
  TRUST_PROXY_HOPS: wholeNumber(
    0,
    10,
  )({ default: 0, desc: 'Proxies in front of the service whose `X-Forwarded-*` is believed' }),
  BODY_LIMIT_BYTES: wholeNumber(1024, 104_857_600)({ default: 1_048_576, desc: 'Largest request body' }),
  BULK_BODY_LIMIT_BYTES: wholeNumber(1024, 104_857_600)({ default: 5_242_880, desc: 'Largest body of a bulk request' }),
  REQUEST_TIMEOUT_MS: milliseconds({
    default: 10_000,
    desc: 'Longest time for a client to send headers and body before the answer is 408',
  }),
  HANDLER_TIMEOUT_MS: milliseconds({
    default: 15_000,
    desc: 'Longest time for a handler before the answer is 504 `timeout` and nothing is written; 0 is no limit',
  }),
  SLOW_REQUEST_MS: milliseconds({
    default: 1000,
    desc: 'A request that takes longer is logged as slow, with where the time went; 0 logs none',
  }),
  ENABLE_COMPRESSION: bool({ default: true, desc: 'Compress answers of 1 KiB and more for clients that accept it' }),
  ENABLE_CACHE: bool({ default: true, desc: 'Keep answers; off, every read asks the database' }),
  CACHE_TTL: seconds({ default: 600, desc: 'Seconds that an answer is kept after it was last known to be true' }),
  CACHE_MAX_TTL: seconds({
    default: 3600,
    desc: 'Seconds after which an instance lets go of an answer however often it was confirmed',
  }),
  CACHE_MAX_ENTRIES: wholeNumber(1, 1_000_000)({ default: 1000, desc: 'Answers that an instance keeps in memory' }),
  CACHE_MAX_BYTES: wholeNumber(
    0,
    10_737_418_240,
  )({
    default: 16_777_216,
    desc: 'Memory for them, in bytes, their compressed forms included',
  }),
  CACHE_MAX_STALENESS_MS: milliseconds({
    default: 0,
    desc: 'How old an answer may be: 0 asks the database before each; 50 saves that question most of the time',
  }),
  CACHE_STALE_ON_ERROR: wholeNumber(
    0,
    86_400,
  )({
    default: 300,
    desc: 'Seconds that a kept answer is served, marked `X-Cache: STALE`, while the database is away',
  }),
  CACHE_WARM_INTERVAL: wholeNumber(
    0,
    86_400,
  )({ default: 1800, desc: 'Seconds between warmings of the cache, the first at start; 0 never warms' }),
  REDIS_URL: redisUrl({
    default: '',
    desc: 'Redis, `redis://user:password@host:6379/0`: shares cached answers and rate limits between instances',
  }),
  REDIS_HOST: str({ default: '', desc: 'Redis in parts, where `REDIS_URL` is not set' }),
  REDIS_PORT: port({ default: 6379, desc: 'Its port' }),
  REDIS_PASSWORD: str({ default: '', desc: 'Its password' }),
  REDIS_DB: wholeNumber(0, 1000)({ default: 0, desc: 'Its database number' }),
  REDIS_TIMEOUT_MS: wholeNumber(
    1,
    60_000,
  )({
    default: 75,
    desc: 'Longest wait for Redis before the instance goes on without it',
  }),
  THROTTLE_ENABLED: bool({ default: true, desc: 'Limit the requests of each caller' }),
  THROTTLE_ANONYMOUS: perMinute({
    default: 100,
    desc: 'Requests a minute of a caller without credentials, by address',
  }),
  THROTTLE_AUTHENTICATED: perMinute({ default: 600, desc: 'Requests a minute of a caller with credentials' }),
  THROTTLE_WRITES: perMinute({ default: 120, desc: 'Writes a minute of any client' }),
  THROTTLE_BULK: perMinute({ default: 30, desc: 'Bulk requests a minute of any client' }),
  THROTTLE_EXPORT: perMinute({ default: 30, desc: 'Exports a minute of any client' }),
  THROTTLE_SIGN_IN: perMinute({
    default: 100,
    desc: 'Sign-ins in 15 minutes from one address; an account has a stricter limit of failed attempts',
  }),
  AUTH_ANONYMOUS_ROLE: str({
    choices: ['none', 'viewer', 'editor', 'admin'],
    default: 'none',
    desc: 'What callers without credentials may do',
  }),
  AUTH_ANONYMOUS_ALLOWED: bool({
    default: false,
    desc: 'In production, start although `AUTH_ANONYMOUS_ROLE` lets callers in without credentials',
  }),
  AUTH_LOCAL: bool({
    default: false,
    devDefault: true,
    desc: 'Accounts with passwords, kept here: `/api/v1/auth` and `/api/v1/users`; on by default outside production',
  }),
  AUTH_SECRET: secrets({
    default: [],
    desc: 'Signs the access tokens of accounts; two with a comma while it is changed, the first signs and both are good. Without it each process makes one of its own, which production refuses',
  }),
  AUTH_ISSUER: httpUrl({
    default: '',
    desc: 'The identity provider whose access tokens (JWT) are accepted, as their `iss` names it; in production https',
  }),
  AUTH_AUDIENCE: str({ default: '', desc: 'What their `aud` must contain: the name of this service at the provider' }),
  AUTH_JWKS_URL: httpUrl({
    default: '',
    desc: 'Its keys; without it they are where `/.well-known/openid-configuration` of the issuer says',
  }),
  AUTH_ALGORITHMS: algorithms({
    default: 'RS256',
    desc: 'Signatures that are accepted, of one family: `RS256,RS384,RS512`, `PS…`, `ES…` or `EdDSA`',
  }),
  AUTH_ROLE_CLAIM: str({
    default: 'roles',
    desc: 'The claim that gives the role, a string or a list of them; a path like `realm_access.roles` is allowed',
  }),
  AUTH_ROLE_MAP: roleMap({
    default: 'viewer=viewer,editor=editor,admin=admin',
    desc: 'Which of its values is which role; the highest wins, and a token without any is refused',
  }),
  CORS_ORIGINS: origins({
    default: '',
    desc: 'Origins whose scripts browsers let call the service, `https://app.example.com,…`; none without it',
  }),
  CURSOR_SECRET: str({
    default: '',
    desc: 'Signs pagination cursors; without it the key is derived from `DATABASE_URL`, so that all instances agree',
  }),
  SHUTDOWN_DRAIN_MS: milliseconds({
    default: 0,
    desc: 'How long a stop serves on: the first half with readiness down, the second without new connections',
  }),
  SHUTDOWN_TIMEOUT_MS: milliseconds({ default: 25_000, desc: 'Hard end of a shutdown that hangs' }),
  LOG_LEVEL: str({
    choices: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    default: 'info',
    desc: 'Least severe log line that is written',
  }),
  LOG_PRETTY: bool({
    default: false,
    desc: 'Log lines for people instead of JSON (needs the development dependencies)',
  }),
  DOCS_ENABLED: bool({ default: true, desc: 'Serve the interactive documentation at `/docs`' }),
} as const;

/** What may come as the file that `<name>_FILE` names, as Docker and Kubernetes hand secrets out. */
export const SECRETS = ['DATABASE_URL', 'REDIS_URL', 'REDIS_PASSWORD', 'AUTH_SECRET', 'CURSOR_SECRET'] as const;
